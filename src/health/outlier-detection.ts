import type { EjectionCause } from '../core/ejection.js'
import { Gate, isWell, type LiveEndpoint } from '../core/endpoint.js'
import type { EndpointSet } from '../core/endpoint-set.js'
import type { LatencyWindow } from '../core/latency-window.js'
import { isFailure, type Outcome, type OutcomeKind } from '../core/outcome.js'
import type { Random } from '../core/random.js'
import { CallWindow } from './outlier/call-window.js'
import { countFailure, startAnew } from './outlier/consecutive.js'
import { EjectionTimes } from './outlier/ejection-times.js'
import { judgeFailures } from './outlier/failure-rates.js'
import { LatencyAgainstPeers, type SlowEndpoint } from './outlier/latency-against-peers.js'
import {
  checkOutlierDetection,
  type OutlierDetectionOptions,
  type OutlierSettings,
} from './outlier/options.js'
import { Overdue } from './outlier/overdue.js'

const BARRED = Gate.WEIGHT | Gate.OUTSIDE | Gate.UNHEALTHY | Gate.FAULT
const NONE: readonly SlowEndpoint[] = []

/** An ejected endpoint: what for, and how many trials have failed since. */
interface Ejection {
  readonly first: EjectionCause
  readonly last: EjectionCause
  readonly failedTrials: number
}

/** The rules of outlier detection together: who is to be ejected, why, and for how long. */
export class OutlierDetection {
  readonly #settings: OutlierSettings
  readonly #window = new CallWindow()
  readonly #times: EjectionTimes
  readonly #latency: LatencyAgainstPeers | undefined
  readonly #ejections = new Map<LiveEndpoint, Ejection>()
  /** Do shares of failures decide anything? */
  readonly #rates: boolean

  constructor(given: OutlierDetectionOptions, random: Random) {
    this.#settings = checkOutlierDetection(given)
    this.#times = new EjectionTimes(this.#settings, random)
    if (this.#settings.latencyFactor > 0) this.#latency = new LatencyAgainstPeers(this.#settings)
    this.#rates = this.#settings.failureShare > 0 || this.#settings.peerFailureDifference > 0
  }

  /** Watches for endpoints that have gone silent, unless that is off. */
  watchSilence(latencies: LatencyWindow): Overdue | undefined {
    return this.#settings.overdueFactor > 0 ? new Overdue(this.#settings, latencies) : undefined
  }

  /** Counts one outcome. Says what, if anything, now calls for an ejection. */
  observe(endpoint: LiveEndpoint, kind: OutcomeKind, now: number): EjectionCause | undefined {
    const failed = isFailure(kind)
    if (!failed && kind !== 'success') return undefined
    this.#window.add(endpoint, failed, now)
    if (!failed) {
      startAnew(endpoint)
      return undefined
    }
    const cause = countFailure(endpoint, kind, this.#settings)
    return cause ?? (this.#rates ? judgeFailures(endpoint, this.#window, this.#settings) : undefined)
  }

  /**
   * A call found out that an endpoint wants a pause (`Retry-After`). Nobody is ejected for being busy now and then; but
   * for being nothing else.
   */
  observePause(endpoint: LiveEndpoint): EjectionCause | undefined {
    return countFailure(endpoint, 'server-error', this.#settings)
  }

  /** May one more endpoint, this one, be ejected? */
  mayEject(endpoint: LiveEndpoint, endpoints: EndpointSet): boolean {
    const { maxEjectedShare, minAvailable } = this.#settings
    const most = Math.max(1, Math.floor(endpoints.weighted * maxEjectedShare))
    const left = endpoints.eligible - Number(isWell(endpoint))
    if (left < minAvailable) return false
    if (endpoints.ejected < most) return true
    // Who is kept out by more than that is not counted: nobody can try it out, so it may stay ejected for ever.
    let ejected = 0
    for (const { gates } of endpoints.all()) if (gates & Gate.EJECTED && (gates & BARRED) === 0) ejected++
    return ejected < most
  }

  /** Notes an ejection and says until when it lasts. */
  eject(endpoint: LiveEndpoint, cause: EjectionCause, now: number): number {
    this.#ejections.set(endpoint, { first: cause, last: cause, failedTrials: 0 })
    this.#forgetCalls(endpoint)
    return this.#times.eject(endpoint, now)
  }

  /** The trial of an ejected endpoint has failed: says why it stays out, and until when. */
  prolong(endpoint: LiveEndpoint, kind: OutcomeKind, now: number): { cause: EjectionCause; until: number } {
    const before = this.#ejections.get(endpoint)
    const failures = (before?.failedTrials ?? 0) + 1
    const cause = { rule: 'trial-failed', failures, kind } as const
    this.#ejections.set(endpoint, { first: before?.first ?? cause, last: cause, failedTrials: failures })
    return { cause, until: this.#times.prolong(endpoint, this.#window.rate(now), now) }
  }

  /**
   * Does the end of a trial show that an endpoint still is what it was ejected for, although that is no failure: a
   * success that took too long, or a call whose caller did not wait for ever?
   */
  isTrialFailure(endpoint: LiveEndpoint, { kind, latency }: Outcome): boolean {
    const cause = this.#ejections.get(endpoint)?.first
    if (cause?.rule === 'latency') return kind === 'success' && latency > cause.limit
    return cause?.rule === 'overdue' && kind === 'cancelled' && latency > cause.limit
  }

  /** Why an endpoint is ejected, while it is. */
  causeOf(endpoint: LiveEndpoint): EjectionCause | undefined {
    return this.#ejections.get(endpoint)?.last
  }

  /** It has shown that it works: it starts with a clean slate. */
  readmit(endpoint: LiveEndpoint): void {
    startAnew(endpoint)
    this.#ejections.delete(endpoint)
    this.#forgetCalls(endpoint)
  }

  /** Once an interval, past ejections are forgiven, and latencies are compared: gives those that are too slow. */
  sweep(
    endpoints: EndpointSet,
    isEjected: (endpoint: LiveEndpoint) => boolean,
    now: number,
  ): readonly SlowEndpoint[] {
    this.#times.sweep(now, isEjected)
    return this.#latency !== undefined && now >= this.#latency.next
      ? this.#latency.compare(endpoints.all(), now)
      : NONE
  }

  /** When the next sweep has something to do. */
  get nextSweep(): number {
    return Math.min(this.#times.nextSweep, this.#latency?.next ?? Number.POSITIVE_INFINITY)
  }

  /** It is back on the list before its last call has ended. */
  resume(endpoint: LiveEndpoint): void {
    this.#times.resume(endpoint)
  }

  /** It left the list. */
  forget(endpoint: LiveEndpoint): void {
    this.#times.forget(endpoint)
    this.#ejections.delete(endpoint)
    this.#forgetCalls(endpoint)
  }

  #forgetCalls(endpoint: LiveEndpoint): void {
    this.#window.forget(endpoint)
    this.#latency?.forget(endpoint)
  }
}
