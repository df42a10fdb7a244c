import { Gate } from '../core/endpoint.js'
import { BalancerError, describe } from '../core/errors.js'
import { reasonOf } from '../core/reason.js'
import {
  type Accept,
  type Delta,
  type EndpointSpecs,
  parseUntrusted,
  reconcile,
} from '../discovery/reconciler.js'
import type { DiscoverySink, DiscoverySource, DiscoveryWatch } from '../discovery/source.js'
import { Freshness, partsOf, type SourceStatus } from '../discovery/source-status.js'
import type { Engine } from './engine.js'
import type { Settings } from './options.js'
import { Waiters } from './wait.js'

/** Where a balancer's endpoints come from: a list given once and again, or a discovery source. */
export class EndpointFeed {
  readonly #engine: Engine
  readonly #source: DiscoverySource | undefined
  readonly #accept: Accept
  /** Woken by the first list. */
  readonly arrival = new Waiters()
  /** Has there ever been a list? */
  arrived = false
  readonly #freshness: Freshness
  #changedAt: number | undefined
  #started = false
  #watch: DiscoveryWatch | undefined
  #closed = false

  constructor(engine: Engine, { discovery, accept }: Pick<Settings, 'discovery' | 'accept'>) {
    this.#engine = engine
    this.#source = discovery
    this.#accept = accept
    this.#freshness = new Freshness(this.source)
  }

  get source(): string {
    return this.#source?.name ?? 'static'
  }

  /** What last went wrong, until a list comes. */
  get error(): unknown {
    return this.#freshness.error
  }

  /** How old the list is, and what is wrong with it. */
  status(now: number): SourceStatus & { readonly changedAt?: number } {
    return {
      ...this.#freshness.status(this.arrived, now, this.#watch && partsOf(this.#watch)),
      ...(this.#changedAt !== undefined && { changedAt: this.#changedAt }),
    }
  }

  /** Begins to watch the source, once. Nothing is contacted before the first call or `ready()`. */
  start(): void {
    if (this.#source === undefined || this.#started || this.#closed) return
    // Before anything else: a source may have a list at once, and those who are told of it may call.
    this.#started = true
    const sink: DiscoverySink = {
      update: (endpoints, asOf) => this.#update(endpoints, asOf),
      fail: (error) => this.#fail(error),
      warn: (error) => this.#warn(error),
    }
    try {
      const { clock, random } = this.#engine
      this.#follow(this.#source.watch(sink, { clock, random }))
    } catch (error) {
      this.#started = false
      this.#fail(error)
      if (this.arrived) return
      const { name } = this.#engine
      const message = `'${name}' has no endpoints: discovery '${this.source}' could not be started: ${reasonOf(error)}`
      throw new BalancerError('ERR_NO_ENDPOINTS', message, { balancer: name, cause: error })
    }
  }

  #follow(watch: DiscoveryWatch): void {
    if (typeof watch?.close !== 'function') {
      return this.#fail(
        new TypeError(
          `watch() of discovery '${this.source}' gave ${describe(watch)} instead of an object with close()`,
        ),
      )
    }
    this.#watch = watch
    // Not at once: a source that has a new list in the same breath would change what is being decided on.
    if (typeof watch.refresh === 'function')
      this.#engine.lookout.ask = () => queueMicrotask(() => this.#refresh())
  }

  #refresh(): void {
    if (this.#closed) return
    try {
      this.#watch?.refresh?.()
    } catch (error) {
      this.#warn(error)
    }
  }

  /** Takes over a checked list; `now` only if it comes from a source: a static one may be set where there is no time yet. */
  set(specs: EndpointSpecs, now?: number): void {
    const delta = reconcile(this.#engine.endpoints, specs)
    const first = !this.arrived
    this.arrived = true
    if (delta.added.length + delta.updated.length + delta.removed.length > 0) this.#changedAt = now
    this.#announce(delta, first)
    this.arrival.wake()
  }

  async close(error: unknown): Promise<void> {
    this.#closed = true
    this.arrival.wake(error)
    // A listener of a list that came within watch() may have closed the balancer: that returns first.
    await Promise.resolve()
    await this.#watch?.close()
  }

  #update(list: unknown, asOf?: number): void {
    if (this.#closed) return
    const { endpoints, clock } = this.#engine
    this.#freshness.error = undefined
    const report = (error: unknown) => this.#warn(error)
    const specs = parseUntrusted(list, report, this.#accept, (id) => endpoints.get(id))
    const now = clock.now()
    // By a listener that was told of a mistake.
    if (this.#closed) return
    if (specs.size === 0 && endpoints.count > 0) {
      // Registries answer "nothing" when they are ill; losing every endpoint at once is worse than
      // calling some that have gone, which health takes care of.
      return this.#fail(
        new Error(`Discovery '${this.source}' gave no usable endpoint; the last list stays in use`),
      )
    }
    // Nothing but mistakes is not a list: those who wait for one go on, and are told what was wrong with it.
    if (specs.size === 0 && this.error !== undefined) return this.#freshness.failed(this.error, now)
    this.#freshness.updated(typeof asOf === 'number' && asOf < now ? asOf : now)
    this.set(specs, now)
  }

  #fail(error: unknown): void {
    if (this.#closed) return
    this.#freshness.failed(error, this.#engine.clock.now())
    this.#engine.events.emit('discoveryfailed', { error })
  }

  /** Something is wrong with a list that may be of use all the same. */
  #warn(error: unknown): void {
    if (this.#closed) return
    this.#freshness.error = error
    this.#engine.events.emit('discoveryfailed', { error })
  }

  #announce({ added, updated, removed, woken }: Delta, first: boolean): void {
    const { events, gatekeeper, endpoints, clock, checks, tracking, masters, redundancy, admission } =
      this.#engine
    // The state first, for all of them; those who listen last.
    for (const endpoint of removed) gatekeeper.forget(endpoint)
    for (const endpoint of added)
      if ((endpoint.gates & ~Gate.WEIGHT) !== 0 || endpoint.ejections > 0) gatekeeper.resume(endpoint)
    for (const endpoint of added) {
      checks?.add(endpoint, first)
      if (checks?.beforeTraffic) gatekeeper.shut(endpoint)
      tracking?.add(endpoint, first)
    }
    // After those that came: or calls that wait for the first of them to be well would go on now.
    for (const endpoint of removed) {
      checks?.remove(endpoint)
      tracking?.remove(endpoint)
    }
    checks?.resubset()
    tracking?.resubset()
    // The endpoints of the first list have nobody beside them who is warm.
    const cold = first ? [] : [...added, ...woken]
    // A first list may come where there is no time yet (the global scope of a Worker); nobody of it is cold.
    const now = cold.length > 0 ? clock.now() : 0
    for (const endpoint of cold) gatekeeper.warmUp(endpoint, now)
    for (const endpoint of added) events.emit('endpointadded', { endpoint })
    for (const endpoint of updated) events.emit('endpointupdated', { endpoint })
    for (const endpoint of removed) {
      const { inFlight } = endpoint
      events.emit('endpointremoved', { endpoint, inFlight })
      // With the end of the last call it is told as that ends.
      if (inFlight > 0) continue
      endpoints.drained(endpoint)
      events.emit('drained', { endpoint })
    }
    // Where there may be no time yet, the first call finds the first master.
    if (!first) masters?.review(clock.now())
    redundancy?.look(clock.now())
    // Those who wait for room: there may be some, or nobody left to have any.
    if (!first) admission?.serve(clock.now())
  }
}
