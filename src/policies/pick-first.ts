import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { checkBoolean, checkObject } from '../core/validate.js'
import type { PickContext, Policy } from './policy.js'
import { WeightedSampler } from './weighted-sampler.js'

/** Options of {@link pickFirst}. */
export interface PickFirstOptions {
  /**
   * Begin with a random endpoint, drawn by weight, instead of the first of the list, so that a fleet of
   * clients does not meet at one. Default false.
   */
  readonly shuffle?: boolean
  /** Go back to the first of the list as soon as it can be picked again. Default false: stay. */
  readonly failback?: boolean
}

class PickFirstPolicy implements Policy {
  readonly name = 'pick-first'
  readonly #options: PickFirstOptions
  readonly #shuffle: boolean
  readonly #failback: boolean
  readonly #sampler = new WeightedSampler()
  #current: LiveEndpoint | undefined

  constructor(options: PickFirstOptions) {
    checkObject(options, 'pickFirst', ['shuffle', 'failback'])
    this.#options = options
    this.#shuffle = checkBoolean(options.shuffle, 'pickFirst.shuffle') ?? false
    this.#failback = checkBoolean(options.failback, 'pickFirst.failback') ?? false
  }

  pick(view: EndpointTable, { random, tried }: PickContext): LiveEndpoint | undefined {
    const current = this.#current
    if (!this.#failback && current !== undefined && view.has(current) && !tried.includes(current))
      return current
    const next = this.#shuffle ? this.#sampler.draw(view, random) : first(view, tried)
    // A retry goes elsewhere; that alone does not move the calls that come after it.
    if (current === undefined || !view.has(current)) this.#current = next
    return next
  }

  fork(): Policy {
    return new PickFirstPolicy(this.#options)
  }
}

function first(view: EndpointTable, tried: readonly unknown[]): LiveEndpoint | undefined {
  let best: LiveEndpoint | undefined
  for (let i = 0; i < view.size; i++) {
    const endpoint = view.at(i)
    if (best !== undefined && endpoint.order > best.order) continue
    if (tried.length === 0 || !tried.includes(endpoint)) best = endpoint
  }
  return best
}

/**
 * One endpoint for everything, the first of the list, until it cannot be picked any more; then the next.
 * For a primary with stand-bys that share nothing, or where a warm cache is worth more than balance. With
 * several clients `shuffle` lets each begin elsewhere.
 *
 * O(1) a pick; O(n) when the endpoint in use is out, and always with `failback`. A change of the list
 * costs nothing.
 *
 * Source: gRPC `pick_first` (with A62 for `shuffle`); HAProxy `balance first` for `failback`.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function pickFirst(options: PickFirstOptions = {}): Policy {
  return new PickFirstPolicy(options)
}
