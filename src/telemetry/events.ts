import { EventEmitter } from 'eventemitter3'
import type { Endpoint } from '../core/endpoint.js'
import type { OutcomeKind, Progress } from '../core/outcome.js'
import { reportUncaught } from '../core/uncaught.js'

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
  /** Outlier detection took an endpoint out of selection. */
  ejected: {
    readonly endpoint: Endpoint
    readonly rule: 'consecutive-failures' | 'consecutive-gateway-failures' | 'trial-failed'
    /** Failures in a row that decided it. */
    readonly failures: number
    /** The how-manieth ejection its length is reckoned by. */
    readonly ejections: number
    readonly until: number
  }
  /** An endpoint that should have been ejected was not, since too few would be left. */
  ejectionskipped: { readonly endpoint: Endpoint; readonly ejected: number; readonly eligible: number }
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
  /** An attempt ended. */
  attempt: {
    readonly endpoint: Endpoint
    readonly kind: OutcomeKind
    readonly progress: Progress
    readonly status: number | undefined
    readonly latency: number
    readonly number: number
    readonly error: unknown
  }
  /** A call is tried again, after `delay` ms. */
  retry: {
    readonly endpoint: Endpoint
    readonly kind: OutcomeKind
    readonly attempts: number
    readonly delay: number
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
