import type { Endpoint, EndpointInput, LiveEndpoint } from '../core/endpoint.js'
import { BalancerError, invalidConfig } from '../core/errors.js'
import { checkObject } from '../core/validate.js'
import { parseList } from '../discovery/reconciler.js'
import { Router } from '../routing/router.js'
import type { BalancerEventName, BalancerListener } from '../telemetry/events.js'
import { RequestTemplate } from '../transport/request-template.js'
import type { Transport } from '../transport/transport.js'
import { type Action, ActionCall } from './action-call.js'
import { CallEnded } from './attempt.js'
import type { BalancedFetch, BalancedRequestInit, Balancer, ExecuteOptions } from './balancer.js'
import { nobodyLeft } from './call-error.js'
import { CallSettings } from './call-settings.js'
import { Desk } from './desk.js'
import { EndpointFeed } from './endpoint-feed.js'
import type { Engine } from './engine.js'
import { Exchange } from './exchange.js'
import { FetchCall } from './fetch-call.js'
import { type Lease, UNUSED } from './lease.js'
import { judgeLoss, type Loss, type LossVerdict } from './loss.js'
import { Mirrors } from './mirrors.js'
import { checkSignal } from './option-checks.js'
import type { Settings } from './options.js'
import { LeasedPick, type Pick, type PickOptions } from './pick.js'
import type { Route } from './route.js'
import { type ChooseTransport, SEND_VIA } from './send-via.js'
import { type BalancerSnapshot, takeSnapshot } from './snapshot.js'
import { TransportLife } from './transport-life.js'
import { wire } from './wire.js'

const NO_REDUNDANCY =
  'canLose() needs to know what the traffic needs: give createBalancer the option `redundancy`, ' +
  '{ required: 3 } or { capacity: { concurrent: 50 } }.'

/** The balancer: wires the parts and is their public face. */
export class LiveBalancer implements Balancer {
  readonly name: string
  readonly fetch: BalancedFetch
  readonly #settings: Settings
  readonly #engine: Engine
  readonly #desk: Desk
  readonly #router: Router
  readonly #mirrors: Mirrors
  readonly #callSettings: CallSettings
  readonly #transportLife: TransportLife
  #closing: Promise<void> | undefined

  constructor(settings: Settings) {
    this.name = settings.name
    this.#settings = settings
    this.#engine = wire(settings)
    this.#router = new Router(this.#engine.endpoints, settings.routes ?? [], settings.random)
    const usesLoadReports =
      settings.policy.usesLoadReports === true || settings.redundancy?.measure === 'utilization'
    this.#mirrors = new Mirrors(this.#engine, settings.retry, usesLoadReports)
    this.#transportLife = new TransportLife(settings.transport, this.#engine)
    this.#desk = new Desk(this.#engine, new EndpointFeed(this.#engine, settings))
    if (settings.specs !== undefined) this.#desk.feed.set(settings.specs)
    this.#callSettings = new CallSettings(settings, this.#router, this.#mirrors, usesLoadReports)
    this.fetch = (input, init) => this.#fetch(undefined, input, init)
  }

  /** For `wrapFetch` and the like, which have a way of their own to send. */
  [SEND_VIA](
    choose: ChooseTransport,
    input: string | URL | Request,
    init?: BalancedRequestInit,
  ): Promise<Response> {
    const { transport, defaultTransport } = this.#settings
    return this.#fetch(choose(defaultTransport ? undefined : transport), input, init)
  }

  execute<T>(action: Action<T>, options?: ExecuteOptions<T>): Promise<T> {
    // Not an async function: that would be two promises more, and three turns of their queue.
    try {
      this.#desk.assertOpen()
      const settings = this.#callSettings.ofAction(options)
      if (typeof action !== 'function') throw invalidConfig('action', action, 'a function')
      const route = this.#callSettings.route(options, 'execute')
      return new Exchange(this.#desk, new ActionCall(action, settings, route)).run()
    } catch (error) {
      return Promise.reject(error)
    }
  }

  pick(options: PickOptions = {}): Pick {
    const engine = this.#engine
    const { feed } = this.#desk
    this.#desk.assertOpen()
    checkObject(options, 'pick', ['avoid', 'hashKey', 'subset', 'priority'])
    const { avoid = [] } = options
    if (!Array.isArray(avoid)) throw invalidConfig('pick.avoid', avoid, 'an array of endpoints')
    feed.start()
    if (!feed.arrived) {
      const message = `'${this.name}' has no endpoints yet: await ready() before pick()`
      throw new BalancerError('ERR_NO_ENDPOINTS', message, { balancer: this.name, cause: feed.error })
    }
    const route = this.#callSettings.route(options, 'pick')
    const now = engine.clock.now()
    engine.totals.calls++
    engine.upkeep(now)
    const tried = avoid.flatMap((endpoint) => engine.endpoints.get(endpoint?.id) ?? [])
    try {
      engine.throttle?.admit('pick', route.rank, now)
      const lease = this.#lease(now, tried, route)
      const pick = new LeasedPick(lease, engine.clock)
      try {
        this.#settings.retry.budget.deposit(now)
      } catch (error) {
        lease.settle(UNUSED, now)
        throw error
      }
      return pick
    } catch (error) {
      engine.totals.failures++
      throw error
    }
  }

  #lease(now: number, tried: readonly LiveEndpoint[], route: Route): Lease {
    const engine = this.#engine
    const { admission } = engine
    const lease = engine.leasing.lease(now, 1, tried, false, route)
    if (lease !== undefined) return lease
    if (admission?.isFull(now, route))
      throw admission.refuse('limit', { what: 'pick', route, records: [] }, now)
    const cooling = engine.leasing.leaseAnyway(now, 1, route)
    if (cooling !== undefined) return cooling
    throw nobodyLeft(engine, 'pick', [], now, route)
  }

  async ready(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#desk.assertOpen()
    checkObject(options, 'ready', ['signal'])
    const signal = checkSignal(options.signal, 'ready.signal')
    try {
      await this.#desk.prepare(Number.POSITIVE_INFINITY, signal)
      const warming = this.#desk.closed ? undefined : this.#transportLife.warm()
      if (warming !== undefined) await this.#desk.await(warming, signal)
    } catch (error) {
      throw error instanceof CallEnded ? error.reason : error
    }
    signal?.throwIfAborted()
  }

  setEndpoints(endpoints: readonly EndpointInput[]): void {
    this.#desk.assertOpen()
    if (this.#settings.discovery !== undefined) {
      throw invalidConfig('setEndpoints', endpoints, 'only for a static list; this balancer uses discovery')
    }
    const { accept } = this.#settings
    this.#desk.feed.set(parseList(endpoints, 'endpoints', accept, (id) => this.#engine.endpoints.get(id)))
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
    engine.redundancy?.look(now)
    return takeSnapshot(this.#desk, this.#router, this.#settings, now)
  }

  canLose(loss: Loss): LossVerdict {
    const engine = this.#engine
    if (engine.redundancy === undefined)
      throw new BalancerError('ERR_INVALID_CONFIG', NO_REDUNDANCY, { balancer: this.name })
    const now = engine.clock.now()
    engine.upkeep(now)
    engine.redundancy.look(now)
    return judgeLoss(engine.redundancy, loss, this.endpoints(), now)
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
    const { events, gatekeeper, selector, serviceCircuit, deadlines, hedges, checks, tracking, feedback } =
      this.#engine
    this.#mirrors.close()
    checks?.close()
    tracking?.close()
    try {
      selector.close()
      await this.#desk.close()
      await this.#settings.transport.close?.()
    } finally {
      feedback.close()
      gatekeeper.close()
      deadlines.close()
      hedges.close()
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
      this.#transportLife.begin()
      const settings = this.#callSettings.ofFetch(via, init?.balancer)
      const call = new FetchCall(new RequestTemplate(input, init), settings)
      return new Exchange(this.#desk, call).run()
    } catch (error) {
      return Promise.reject(error)
    }
  }
}
