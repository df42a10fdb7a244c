import type { Endpoint, EndpointInput } from '../core/endpoint.js'
import { BalancerError, invalidConfig } from '../core/errors.js'
import { checkBoolean, checkFunction, checkObject } from '../core/validate.js'
import { parseList } from '../discovery/reconciler.js'
import { checkRetry, type RetryOptions, type RetrySettings } from '../resilience/retry-options.js'
import { Router } from '../routing/router.js'
import type { BalancerEventName, BalancerListener } from '../telemetry/events.js'
import { RequestTemplate } from '../transport/request-template.js'
import { BodyTracker } from '../transport/track-body.js'
import type { Transport } from '../transport/transport.js'
import { type Action, ActionCall } from './action-call.js'
import { CallEnded } from './attempt.js'
import type {
  BalancedFetch,
  BalancedRequestInit,
  Balancer,
  CallOptions,
  ExecuteOptions,
  FetchCallOptions,
} from './balancer.js'
import { nobodyLeft } from './call-error.js'
import { Desk } from './desk.js'
import { EndpointFeed } from './endpoint-feed.js'
import type { Engine } from './engine.js'
import { Exchange } from './exchange.js'
import { FetchCall, type FetchSettings } from './fetch-call.js'
import { checkKey } from './hash-key.js'
import { Mirrors } from './mirrors.js'
import { checkSignal } from './option-checks.js'
import { checkCompletion, checkTimeout, type Settings } from './options.js'
import { LeasedPick, type Pick, type PickOptions } from './pick.js'
import { type Route, routeTo } from './route.js'
import { type BalancerSnapshot, takeSnapshot } from './snapshot.js'
import { wait } from './wait.js'
import { wire } from './wire.js'
import { SEND_VIA } from './wrap-fetch.js'

const CALL_KEYS = ['idempotent', 'timeout', 'retry', 'hashKey', 'subset']

/** The balancer: wires the parts and is their public face. */
export class LiveBalancer implements Balancer {
  readonly name: string
  readonly fetch: BalancedFetch
  readonly #settings: Settings
  readonly #fetchSettings: FetchSettings
  readonly #engine: Engine
  readonly #desk: Desk
  readonly #router: Router
  readonly #mirrors: Mirrors
  readonly #bodies = new BodyTracker()
  #closing: Promise<void> | undefined

  constructor(settings: Settings) {
    this.name = settings.name
    this.#settings = settings
    this.#engine = wire(settings)
    this.#router = new Router(this.#engine.endpoints, settings.routes ?? [], settings.random)
    const usesLoadReports = settings.policy.usesLoadReports === true
    this.#mirrors = new Mirrors(this.#engine, settings.retry, usesLoadReports)
    this.#desk = new Desk(this.#engine, new EndpointFeed(this.#engine, settings.discovery))
    if (settings.specs !== undefined) this.#desk.feed.set(settings.specs)
    const { transport, timeout, retry, hashKey, routes } = settings
    const bodies = settings.completion === 'body' ? this.#bodies : undefined
    this.#fetchSettings = {
      transport,
      timeout,
      retry,
      idempotent: undefined,
      bodies,
      key: undefined,
      hashKey,
      target: undefined,
      router: routes && this.#router,
      mirrors: this.#mirrors,
      usesLoadReports,
    }
    this.fetch = (input, init) => this.#fetch(undefined, input, init)
  }

  /** For `wrapFetch`: sends with the fetch that is wrapped, unless a transport was asked for. */
  [SEND_VIA](
    transport: Transport,
    input: string | URL | Request,
    init?: BalancedRequestInit,
  ): Promise<Response> {
    return this.#fetch(this.#settings.defaultTransport ? transport : undefined, input, init)
  }

  async execute<T>(action: Action<T>, options: ExecuteOptions<T> = {}): Promise<T> {
    this.#desk.assertOpen()
    checkObject(options, 'execute', [...CALL_KEYS, 'signal', 'classify', 'loadOf'])
    if (typeof action !== 'function') throw invalidConfig('action', action, 'a function')
    const { timeout, retry } = this.#settings
    const call = new ActionCall(action, {
      signal: checkSignal(options.signal, 'execute.signal'),
      timeout: checkTimeout(options.timeout, 'execute.timeout', timeout),
      retry: options.retry === undefined ? retry : this.#retry(options.retry, 'execute.retry'),
      idempotent: checkBoolean(options.idempotent, 'execute.idempotent') ?? false,
      classify: checkFunction(options.classify, 'execute.classify', 'a function'),
      loadOf: checkFunction(options.loadOf, 'execute.loadOf', 'a function'),
      usesLoadReports: this.#fetchSettings.usesLoadReports,
      route: this.#route(options, 'execute'),
    })
    return new Exchange(this.#desk, call).run()
  }

  pick(options: PickOptions = {}): Pick {
    const engine = this.#engine
    const { feed } = this.#desk
    this.#desk.assertOpen()
    checkObject(options, 'pick', ['avoid', 'hashKey', 'subset'])
    const { avoid = [] } = options
    if (!Array.isArray(avoid)) throw invalidConfig('pick.avoid', avoid, 'an array of endpoints')
    feed.start()
    if (!feed.arrived) {
      const message = `'${this.name}' has no endpoints yet: await ready() before pick()`
      throw new BalancerError('ERR_NO_ENDPOINTS', message, { balancer: this.name, cause: feed.error })
    }
    const route = this.#route(options, 'pick')
    const now = engine.clock.now()
    engine.totals.calls++
    this.#settings.retry.budget.deposit(now)
    engine.upkeep(now)
    const tried = avoid.flatMap((endpoint) => engine.endpoints.get(endpoint?.id) ?? [])
    const lease = engine.lease(now, 1, tried, false, route) ?? engine.leaseAnyway(now, 1, route)
    if (lease !== undefined) return new LeasedPick(lease, engine.clock)
    engine.totals.failures++
    throw nobodyLeft(engine, 'pick', [], now, route)
  }

  async ready(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const { feed } = this.#desk
    this.#desk.assertOpen()
    checkObject(options, 'ready', ['signal'])
    const signal = checkSignal(options.signal, 'ready.signal')
    feed.start()
    if (feed.arrived) return
    try {
      await wait(this.#engine.clock, Number.POSITIVE_INFINITY, signal, feed.arrival)
    } catch (error) {
      throw error instanceof CallEnded ? error.reason : error
    }
  }

  setEndpoints(endpoints: readonly EndpointInput[]): void {
    this.#desk.assertOpen()
    if (this.#settings.discovery !== undefined) {
      throw invalidConfig('setEndpoints', endpoints, 'only for a static list; this balancer uses discovery')
    }
    this.#desk.feed.set(parseList(endpoints, 'endpoints', (id) => this.#engine.endpoints.get(id)))
  }

  endpoints(): readonly Endpoint[] {
    return [...this.#engine.endpoints.all()]
  }

  snapshot(): BalancerSnapshot {
    const engine = this.#engine
    const now = engine.clock.now()
    // What has expired since the last call is to be seen as expired.
    engine.upkeep(now)
    engine.selector.refresh()
    return takeSnapshot(this.#desk, this.#router, this.#settings, now)
  }

  on<N extends BalancerEventName>(name: N, listener: BalancerListener<N>): this {
    this.#engine.events.on(name, listener)
    return this
  }

  once<N extends BalancerEventName>(name: N, listener: BalancerListener<N>): this {
    this.#engine.events.once(name, listener)
    return this
  }

  off<N extends BalancerEventName>(name: N, listener: BalancerListener<N>): this {
    this.#engine.events.off(name, listener)
    return this
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    const { events, gatekeeper, selector, serviceCircuit, deadlines } = this.#engine
    this.#mirrors.close()
    try {
      selector.close()
      await this.#desk.close()
      await this.#settings.transport.close?.()
    } finally {
      gatekeeper.close()
      deadlines.close()
      serviceCircuit?.close()
      events.emit('closed', {})
      events.removeAll()
    }
  }

  #fetch(
    via: Transport | undefined,
    input: string | URL | Request,
    init?: BalancedRequestInit,
  ): Promise<Response> {
    try {
      this.#desk.assertOpen()
      const settings = this.#settingsOf(via, init?.balancer)
      const call = new FetchCall(new RequestTemplate(input, init), settings)
      return new Exchange(this.#desk, call).run()
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #settingsOf(via: Transport | undefined, options: FetchCallOptions | undefined): FetchSettings {
    const base = this.#fetchSettings
    if (options === undefined) return via === undefined ? base : { ...base, transport: via }
    checkObject(options, 'balancer', [...CALL_KEYS, 'completion'])
    const { completion } = this.#settings
    return {
      ...base,
      transport: via ?? base.transport,
      timeout: checkTimeout(options.timeout, 'balancer.timeout', base.timeout),
      retry: options.retry === undefined ? base.retry : this.#retry(options.retry, 'balancer.retry'),
      idempotent: checkBoolean(options.idempotent, 'balancer.idempotent'),
      bodies:
        checkCompletion(options.completion, 'balancer.completion', completion) === 'body'
          ? this.#bodies
          : undefined,
      key: checkKey(options.hashKey, 'balancer.hashKey'),
      target:
        options.subset === undefined ? undefined : this.#router.subset(options.subset, 'balancer.subset'),
      usesLoadReports: base.usesLoadReports,
    }
  }

  /** Of a call without a request. */
  #route({ hashKey, subset }: CallOptions, path: string): Route {
    const key = checkKey(hashKey, `${path}.hashKey`)
    if (subset !== undefined) return routeTo(this.#router.subset(subset, `${path}.subset`), key)
    return routeTo(this.#router.choose(undefined, key), key)
  }

  #retry(options: RetryOptions | false, path: string): RetrySettings {
    if (options !== false && options.budget !== undefined) {
      throw invalidConfig(`${path}.budget`, options.budget, 'set on the balancer, for all of its calls')
    }
    return checkRetry(options, path, this.#settings.retry)
  }
}
