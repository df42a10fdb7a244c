import type { EjectionCause } from '../core/ejection.js'
import { Gate, type LiveEndpoint } from '../core/endpoint.js'
import type { EndpointSet } from '../core/endpoint-set.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import type { LatencyWindow } from '../core/latency-window.js'
import { isHeard, type Outcome, type OutcomeKind, wasGivenUp } from '../core/outcome.js'
import type { Overdue } from '../health/outlier/overdue.js'
import type { OutlierDetection } from '../health/outlier-detection.js'
import type { Events } from '../telemetry/events.js'
import type { Lease } from './lease.js'

/** Ejects endpoints as outlier detection says, as far as enough others are left, and tells of it. */
export class Ejector {
  readonly #endpoints: EndpointSet
  readonly #events: Events
  readonly #outlier: OutlierDetection
  /** Watches for silence, unless that is off. */
  readonly overdue: Overdue | undefined
  /** Called when an endpoint is out, until a time, before those who listen. */
  readonly #onOut: (endpoint: LiveEndpoint, until: number, now: number) => void
  /** Whose turn it is to be looked at. */
  #patrolled = 0

  constructor(
    endpoints: EndpointSet,
    events: Events,
    outlier: OutlierDetection,
    latencies: LatencyWindow,
    onOut: (endpoint: LiveEndpoint, until: number, now: number) => void,
  ) {
    this.#endpoints = endpoints
    this.#events = events
    this.#outlier = outlier
    this.overdue = outlier.watchSilence(latencies)
    this.#onOut = onOut
  }

  /** Takes in how a call ended; `pauses`: with a failure for which the endpoint asked for a pause. */
  observe(endpoint: LiveEndpoint, kind: OutcomeKind, pauses: boolean, now: number): void {
    const cause = pauses ? this.#outlier.observePause(endpoint) : this.#outlier.observe(endpoint, kind, now)
    if (cause !== undefined) this.#eject(endpoint, cause, now)
  }

  /** Was something heard from an endpoint, or a call given up? One from before a change of state says nothing. */
  listen({ endpoint, epoch, startedAt, lostBefore }: Lease, kind: OutcomeKind, loopTime: number): void {
    if (this.overdue === undefined || epoch !== endpoint.epoch) return
    if (isHeard(kind)) return this.overdue.heard(endpoint, loopTime)
    const waited = kind === 'timeout' || wasGivenUp(kind)
    this.overdue.givenUp(endpoint, startedAt - lostBefore, waited, loopTime)
  }

  /**
   * Is an endpoint to be left out, since it has gone silent? `loopTime` stands still while the event loop is
   * held up.
   */
  leavesOut(endpoint: LiveEndpoint, loopTime: number, now: number): boolean {
    const cause = this.overdue?.judge(endpoint, loopTime)
    if (cause === undefined) return false
    this.overdue?.forget(endpoint)
    return this.#eject(endpoint, cause, now)
  }

  /** Looks at one more endpoint with each call: one that policies avoid is not looked at otherwise. */
  patrol(table: EndpointTable, loopTime: number, now: number): void {
    if (this.overdue === undefined || table.eligible === 0) return
    if (++this.#patrolled >= table.eligible) this.#patrolled = 0
    this.leavesOut(table.wellAt(this.#patrolled), loopTime, now)
  }

  /** Does the end of a trial speak against an endpoint, although it is no failure? */
  isTrialFailure(endpoint: LiveEndpoint, outcome: Outcome): boolean {
    return this.#outlier.isTrialFailure(endpoint, outcome)
  }

  /** The trial of an ejected endpoint has failed. */
  prolong(endpoint: LiveEndpoint, kind: OutcomeKind, now: number): void {
    const { cause, until } = this.#outlier.prolong(endpoint, kind, now)
    this.#out(endpoint, cause, until, now)
  }

  /** It works, as a trial or a check has shown. */
  acquit(endpoint: LiveEndpoint): void {
    this.#outlier.readmit(endpoint)
    this.overdue?.forget(endpoint)
  }

  causeOf(endpoint: LiveEndpoint): EjectionCause | undefined {
    return this.#outlier.causeOf(endpoint)
  }

  resume(endpoint: LiveEndpoint): void {
    this.#outlier.resume(endpoint)
  }

  forget(endpoint: LiveEndpoint): void {
    this.#outlier.forget(endpoint)
    this.overdue?.forget(endpoint)
  }

  /** What is done once in a while; returns when it is to be done next. */
  upkeep(now: number): number {
    const isEjected = ({ gates }: LiveEndpoint) => (gates & Gate.EJECTED) !== 0
    for (const { endpoint, cause } of this.#outlier.sweep(this.#endpoints, isEjected, now))
      this.#eject(endpoint, cause, now)
    return this.#outlier.nextSweep
  }

  /** When there is next something to do. */
  get next(): number {
    return this.#outlier.nextSweep
  }

  #eject(endpoint: LiveEndpoint, cause: EjectionCause, now: number): boolean {
    if ((endpoint.gates & (Gate.EJECTED | Gate.REMOVED)) !== 0) return false
    const { ejected, eligible } = this.#endpoints
    if (!this.#outlier.mayEject(endpoint, this.#endpoints)) {
      this.#events.emit('ejectionskipped', { endpoint, ejected, eligible, ...cause })
      return false
    }
    this.#out(endpoint, cause, this.#outlier.eject(endpoint, cause, now), now)
    return true
  }

  #out(endpoint: LiveEndpoint, cause: EjectionCause, until: number, now: number): void {
    endpoint.ejectedUntil = until
    endpoint.epoch++
    this.overdue?.forget(endpoint)
    this.#endpoints.close(endpoint, Gate.EJECTED)
    this.#onOut(endpoint, until, now)
    this.#events.emit('ejected', { endpoint, ejections: endpoint.ejections, until, ...cause })
  }
}
