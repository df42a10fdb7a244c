import type { Endpoint, LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { invalidConfig } from '../core/errors.js'
import { hash32 } from '../core/hash.js'
import type { Outcome } from '../core/outcome.js'
import { checkObject } from '../core/validate.js'
import { leastLatency } from './least-latency.js'
import type { PickContext, Policy } from './policy.js'

const FIRST_SEED = 0x3c6ef372
const SECOND_SEED = 0x1f83d9ab

/** Options of {@link sticky}. */
export interface StickyOptions {
  /** Who chooses when the key names nobody, or an endpoint that cannot be picked. Default `leastLatency()`. */
  readonly fallback?: Policy
  /**
   * Goes into the names of endpoints, so that they cannot be found by naming all addresses there are; the
   * same in every process. Default: none.
   */
  readonly secret?: string
}

/** A policy that can tell by which key an endpoint is found. */
export interface StickyPolicy extends Policy {
  /** The key that leads back to this endpoint: 16 letters and digits that do not show its address. */
  nameOf(endpoint: Endpoint): string
}

class StickyEndpoints {
  readonly name = 'sticky'
  readonly usesLoadReports: boolean
  readonly #fallback: Policy
  readonly #secret: string
  #version = -1
  #byName = new Map<string, LiveEndpoint>()

  constructor(fallback: Policy, secret: string) {
    this.#fallback = fallback
    this.#secret = secret
    this.usesLoadReports = fallback.usesLoadReports ?? false
  }

  nameOf({ id }: Endpoint): string {
    const text = `${this.#secret}\n${id}`
    const half = (seed: number) => hash32(text, seed).toString(16).padStart(8, '0')
    return half(FIRST_SEED) + half(SECOND_SEED)
  }

  pick(view: EndpointTable, context: PickContext): Endpoint | undefined {
    const { key, tried } = context
    if (view.version !== this.#version) this.#index(view)
    const named = key === undefined ? undefined : this.#byName.get(key)
    if (named !== undefined && view.has(named) && !tried.includes(named)) return named
    return this.#fallback.pick(view, context)
  }

  start(endpoint: Endpoint, now: number): void {
    this.#fallback.start?.(endpoint, now)
  }

  observe(endpoint: Endpoint, outcome: Outcome, now: number): void {
    this.#fallback.observe?.(endpoint, outcome, now)
  }

  forget(endpoint: Endpoint): void {
    this.#fallback.forget?.(endpoint)
  }

  fork(): Policy {
    return new StickyEndpoints(this.#fallback.fork?.() ?? this.#fallback, this.#secret)
  }

  #index(view: EndpointTable): void {
    this.#version = view.version
    this.#byName = new Map()
    for (let i = 0; i < view.total; i++) {
      const endpoint = view.at(i)
      if (endpoint.weight > 0) this.#byName.set(this.nameOf(endpoint), endpoint)
    }
  }
}

/**
 * The endpoint that the key names, for as long as it can be picked; else what another policy says. For
 * sessions that must not move when endpoints are added: the client keeps the name, in a cookie, that
 * `nameOf` gives for the endpoint that served it. A name that was made up leads nowhere: to the fallback.
 *
 * A pick is O(1) beside the fallback's; a change of membership costs O(n) once. A key names one endpoint of
 * one priority, and other priorities go by their fallback.
 *
 * The names are hashes and not encrypted: they keep addresses out of sight, as in HAProxy's dynamic
 * cookies, but not from somebody who has many names and computers. Endpoints with an `id` that tells
 * nothing have nothing to hide.
 *
 * Source: HAProxy `cookie ... insert` with `dynamic-cookie-key`; Envoy's stateful session filter.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` for an option that is not what it should be
 */
export function sticky(options: StickyOptions = {}): StickyPolicy {
  checkObject(options, 'sticky', ['fallback', 'secret'])
  const { fallback = leastLatency(), secret = '' } = options
  if (typeof secret !== 'string') throw invalidConfig('sticky.secret', 'something else', 'a string')
  if (typeof fallback !== 'object' || fallback === null || typeof fallback.pick !== 'function') {
    throw invalidConfig(
      'sticky.fallback',
      fallback,
      'a policy: leastLatency(), or an object with a name and pick()',
    )
  }
  return new StickyEndpoints(fallback, secret)
}
