import { Gate, type LiveEndpoint } from '../core/endpoint.js'

/** What checks have found out about one endpoint. */
export class CheckedEndpoint {
  readonly endpoint: LiveEndpoint
  /** Is it well? `undefined` until results have said so or otherwise. */
  healthy: boolean | undefined
  /** Results in a row that speak against what is held of it. */
  against = 0
  /** Calls have got it ejected, or its breaker open, and it is not back yet. */
  suspected = false
  /** Has a check failed since then? Only one that sees the trouble can say that it is over. */
  troubled = false
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
    // One that comes back while it was draining may be out still.
    this.suspected = (endpoint.gates & (Gate.EJECTED | Gate.CIRCUIT)) !== 0
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
