import { Gate, type LiveEndpoint, TRIED, Trial } from '../core/endpoint.js'
import type { Pool } from '../core/pool.js'

/** How long a due trial waits for a call that can be sent again, before any call will do: 1 s. */
const PATIENCE = 1_000

/** Endpoints that are to be tried out by one call each, those that have been due for longest first. */
export class TrialQueue {
  readonly #due: LiveEndpoint[] = []

  get empty(): boolean {
    return this.#due.length === 0
  }

  /** Is there an endpoint in a pool that could be tried out now? */
  ready(within: Pool, closed: number): boolean {
    return this.#due.some((endpoint) => isTestable(endpoint, closed) && within.accepts(endpoint))
  }

  add(endpoint: LiveEndpoint, at: number): void {
    endpoint.trial = Trial.DUE
    endpoint.trialAt = at
    this.#due.push(endpoint)
  }

  /**
   * Takes an endpoint out. For a call that could not be sent again if the trial fails, only one that
   * has been due for as long as a call like it should wait. Only one that no other gates than `closed` are
   * in front of.
   */
  take(
    mayFail: boolean,
    now: number,
    avoid: readonly LiveEndpoint[],
    within: Pool,
    closed: number,
  ): LiveEndpoint | undefined {
    const index = this.#due.findIndex(
      (endpoint) =>
        (mayFail || now - endpoint.trialAt >= PATIENCE) &&
        isTestable(endpoint, closed) &&
        within.accepts(endpoint) &&
        !avoid.includes(endpoint),
    )
    return index < 0 ? undefined : this.#due.splice(index, 1)[0]
  }

  drop(endpoint: LiveEndpoint): void {
    const index = this.#due.indexOf(endpoint)
    if (index >= 0) this.#due.splice(index, 1)
    endpoint.trial = Trial.NONE
  }

  clear(): void {
    this.#due.length = 0
  }
}

/** Nothing but what the trial is about may stand in the way: no pause that was asked for, no weight of 0. */
function isTestable({ gates }: LiveEndpoint, closed: number): boolean {
  return (gates & ~closed) === 0
}

/**
 * What checks say may stand in the way of a trial when there is nobody else at all: a check that is wrong must not
 * bar it for ever.
 */
export const TRIED_AT_LAST = TRIED | Gate.UNHEALTHY
