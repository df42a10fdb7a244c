import { EventEmitter } from 'eventemitter3'
import type { EjectionCause } from '../core/ejection.js'
import type { Endpoint } from '../core/endpoint.js'
import type { MasterReason } from '../core/master-reason.js'
import type { OutcomeKind, Progress, Timing } from '../core/outcome.js'
import { reportUncaught } from '../core/uncaught.js'

/** What the traffic needs and what there is. */
export interface RedundancyNumbers {
  /** How many of those that are up must stay, whichever they are; more than are up when it is short. */
  readonly required: number
  readonly available: number
  /** How many more may fail, whichever they are, and how many ought to be able to. */
  readonly mayFail: number
  readonly spare: number
  /** In units of weight. */
  readonly capacity: { readonly required: number; readonly available: number }
}

/** What a balancer tells; the key is the event's name. Times in ms since the epoch. */
export interface BalancerEvents {
  /** An endpoint joined the list. */
  endpointadded: { readonly endpoint: Endpoint }
  /** Weight, priority, zone, region or metadata of an endpoint changed. */
  endpointupdated: { readonly endpoint: Endpoint }
  /** An endpoint left the list; it gets no new calls and finishes `inFlight`. */
  endpointremoved: { readonly endpoint: Endpoint; readonly inFlight: number }
  /** The last call of an endpoint that left the list has ended. */
  drained: { readonly endpoint: Endpoint }
  /** Outlier detection took an endpoint out of selection, or keeps it out; by `rule` there are the numbers that decided. */
  ejected: {
    readonly endpoint: Endpoint
    /** How many ejections the next one's length is reckoned by. */
    readonly ejections: number
    readonly until: number
  } & EjectionCause
  /** An endpoint that should have been ejected was not, since too few would be left. */
  ejectionskipped: {
    readonly endpoint: Endpoint
    readonly ejected: number
    readonly eligible: number
  } & EjectionCause
  /** An ejected endpoint passed its trial and is back. */
  readmitted: { readonly endpoint: Endpoint }
  /** Health checks have failed (`fall` in a row) until an endpoint gets no more calls; `error` is the last one's. */
  unhealthy: { readonly endpoint: Endpoint; readonly error: unknown }
  /** Health checks have passed, and an endpoint that got no calls because of them gets some now. */
  healthy: { readonly endpoint: Endpoint }
  /** A health check ended, after `took` ms; `error` is undefined when it passed. */
  checked: {
    readonly endpoint: Endpoint
    readonly passed: boolean
    readonly took: number
    readonly error: unknown
  }
  /**
   * With `failover()`: another endpoint is master, or nobody (`to` is undefined), for `reason`; of a subset, for
   * calls that go there. `ranks` are those of all who stood for it, by id.
   */
  masterchanged: {
    readonly from: Endpoint | undefined
    readonly to: Endpoint | undefined
    readonly reason: MasterReason
    readonly ranks: Readonly<Record<string, number>>
    readonly subset: Readonly<Record<string, unknown>> | undefined
  }
  /** A tracked check of `failover()` began to fail for an endpoint, or to pass; `rank` is what comes of it. */
  tracked: {
    readonly endpoint: Endpoint
    readonly check: string
    readonly passed: boolean
    readonly weight: number
    readonly rank: number
    readonly error: unknown
  }
  /** A breaker opened; `endpoint` is undefined for that of the service. */
  circuitopened: { readonly endpoint: Endpoint | undefined; readonly until: number }
  /** One trial call is on its way through an open breaker. */
  circuithalfopened: { readonly endpoint: Endpoint | undefined }
  /** The trial went well. */
  circuitclosed: { readonly endpoint: Endpoint | undefined }
  /** An endpoint asked to be left alone (`Retry-After`). */
  cooldown: { readonly endpoint: Endpoint; readonly until: number; readonly status: number | undefined }
  /** Too few endpoints of a priority are eligible: the ejected ones are used as well. */
  panicstarted: { readonly priority: number; readonly eligible: number; readonly total: number }
  panicended: { readonly priority: number; readonly eligible: number; readonly total: number }
  /**
   * Fewer endpoints may fail than `redundancy` asks for or, if `short`, fewer are left than the traffic needs.
   * Told at once, and again when it comes to be short as well.
   */
  redundancylost: RedundancyNumbers & {
    readonly short: boolean
    /**
     * Endpoints were lost, more is needed than before, the list says something else of who is where, or it has
     * been so since the first call.
     */
    readonly reason: 'endpoints-lost' | 'load-rose' | 'list-changed' | 'never-met'
    /** Those that were lost, or can carry less than before. */
    readonly endpoints: readonly Endpoint[]
    /** With `perZone`: the zone that cannot be lost; if there are several, the one that would leave the least. */
    readonly zone: string | undefined
  }
  /** The rule holds again, and has for `restoreAfter`; `lasted`: ms since it was lost. */
  redundancyrestored: RedundancyNumbers & { readonly lasted: number }
  /** An attempt ended, or has a result that lasts, such as a connection, and that has stood for a second. */
  attempt: {
    readonly endpoint: Endpoint
    readonly kind: OutcomeKind
    readonly progress: Progress
    readonly status: number | undefined
    readonly latency: number
    readonly number: number
    readonly error: unknown
    /** Of its parts, where the transport tells them: `undiciTransport()` does. */
    readonly timing: Timing | undefined
  }
  /** A call is tried again, after `delay` ms. */
  retry: {
    readonly endpoint: Endpoint
    readonly kind: OutcomeKind
    readonly attempts: number
    readonly delay: number
  }
  /**
   * A call is sent to another endpoint as well, after `waited` ms: since it is slow (`hedge`), tries out
   * an endpoint that was out, or waits for one that has gone silent. The first answer counts.
   */
  hedge: {
    readonly endpoint: Endpoint
    /** The one that is waited for. */
    readonly instead: Endpoint
    readonly reason: 'slow' | 'trial' | 'silent'
    readonly waited: number
  }
  /** Nobody in a subset is eligible, and its calls go to the fallback of their rule. */
  fallbackstarted: { readonly route: string; readonly subset: Readonly<Record<string, unknown>> }
  fallbackended: { readonly route: string; readonly subset: Readonly<Record<string, unknown>> }
  /** A copy of a call (`mirror`) ended. */
  mirrored: {
    readonly route: string
    readonly endpoint: Endpoint
    readonly kind: OutcomeKind
    readonly status: number | undefined
    readonly latency: number
    readonly error: unknown
  }
  /**
   * A call was not copied: its body can only be sent once, too many copies are under way, or nobody in
   * their subset is eligible and has room.
   */
  mirrorskipped: { readonly route: string; readonly reason: 'body' | 'busy' | 'nobody' }
  /**
   * A call, or its next attempt, was refused before anything was sent (`concurrency`, `throttle`): there was no room
   * and none to wait in (`limit`); it waited for too long (`timeout`), or until its deadline (`deadline`); it
   * had to make room in the queue (`displaced`); or the service turns too many away (`throttled`).
   */
  rejected: {
    readonly reason: 'limit' | 'timeout' | 'deadline' | 'displaced' | 'throttled'
    readonly priority: 'critical' | 'default' | 'sheddable'
    /** Attempts in flight at all endpoints. */
    readonly inFlight: number
    /** How many may be, at all endpoints together; undefined without any limit. */
    readonly limit: number | undefined
    /** How many wait. */
    readonly queued: number
    /** How long it had waited, in ms. */
    readonly waited: number
    /** The probability that decided, for `throttled`. */
    readonly chance: number | undefined
  }
  /** The discovery source failed, or what it gave was not usable; the last good list stays. */
  discoveryfailed: { readonly error: unknown }
  /** The balancer was closed. */
  closed: Record<string, never>
}

/** The name of an event. */
export type BalancerEventName = keyof BalancerEvents

/** A listener of one event. */
export type BalancerListener<N extends BalancerEventName> = (event: BalancerEvents[N]) => void

type Listeners = { [N in BalancerEventName]: [event: BalancerEvents[N]] }

/** Typed events on eventemitter3. */
export class Events {
  readonly #emitter = new EventEmitter<Listeners>()

  /** Is anybody listening? Ask before an event is put together on a busy path. */
  has(name: BalancerEventName): boolean {
    return this.#emitter.listenerCount(name) > 0
  }

  emit<N extends BalancerEventName>(name: N, event: BalancerEvents[N]): void {
    if (!this.has(name)) return
    try {
      // TypeScript cannot match the two for a name that is not known yet.
      this.#emitter.emit(name, ...([event] as never))
    } catch (error) {
      reportUncaught(error)
    }
  }

  on<N extends BalancerEventName>(name: N, listener: BalancerListener<N>): void {
    this.#emitter.on(name, listener as never)
  }

  once<N extends BalancerEventName>(name: N, listener: BalancerListener<N>): void {
    this.#emitter.once(name, listener as never)
  }

  off<N extends BalancerEventName>(name: N, listener: BalancerListener<N>): void {
    this.#emitter.off(name, listener as never)
  }

  removeAll(): void {
    this.#emitter.removeAllListeners()
  }
}
