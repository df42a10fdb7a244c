import { type LiveEndpoint, TRIED } from '../core/endpoint.js'

/** A time at which an endpoint is to be looked at; what is not its `turn` any more is over. */
export interface Turn {
  readonly at: number
  readonly checked: CheckedEndpoint
}

/** What checks have found out about one endpoint. */
export class CheckedEndpoint {
  readonly endpoint: LiveEndpoint
  /** Is it well? `undefined` until results have said so or otherwise. */
  healthy: boolean | undefined
  /** Results in a row that speak against what is held of it. */
  against = 0
  /** Has a check failed since it was suspected? Only one that sees the trouble can say that it is over. */
  troubled = false
  /** Has a check ended since it was suspected? */
  looked = false
  /** When it is to be looked at next, unless a check is under way. Written by the schedule. */
  turn: Turn | undefined
  /** When the last check ended, how long it took in ms, and what went wrong. */
  checkedAt = Number.NaN
  took = Number.NaN
  error: unknown
  /** Attempts that the balancer had made by then; while there are no more, it is spared until a time. */
  attempts = 0
  sparedUntil = 0
  /** Was it in the first list, where nobody is warm yet, and is nothing known of it? */
  founding: boolean

  constructor(endpoint: LiveEndpoint, founding: boolean) {
    this.endpoint = endpoint
    this.founding = founding
  }

  /** Have calls got it ejected, or its breaker open, and it is not back yet; or has the last one failed? */
  get suspected(): boolean {
    return (this.endpoint.gates & TRIED) !== 0 || this.endpoint.consecutiveFailures > 0
  }

  /** Is it worth looking at often: is it out, has a check seen the trouble, or has none looked since? */
  get wanted(): boolean {
    return this.suspected && (this.troubled || !this.looked || (this.endpoint.gates & TRIED) !== 0)
  }

  /** When a suspicion is worth a look: at once if it is out, else not sooner than so many ms after the last one. */
  lookAt(now: number, pause: number): number {
    if ((this.endpoint.gates & TRIED) !== 0 || Number.isNaN(this.checkedAt)) return now
    return Math.max(now, Math.min(this.checkedAt + pause, this.turn?.at ?? Number.POSITIVE_INFINITY))
  }

  /** What was found out was too long ago. */
  forget(): void {
    this.healthy = undefined
    this.against = 0
  }

  /**
   * Takes in a result; true if it changes what is held of the endpoint. One good result is enough for
   * one that nothing is known of, as Envoy and HAProxy have it.
   */
  note(passed: boolean, rise: number, fall: number): boolean {
    this.looked = true
    if (this.suspected && !passed) this.troubled = true
    if (passed === this.healthy) {
      this.against = 0
      return false
    }
    const needed = passed ? (this.healthy === undefined ? 1 : rise) : fall
    if (++this.against < needed) return false
    this.against = 0
    this.healthy = passed
    return true
  }
}
