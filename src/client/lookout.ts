import type { EndpointSet } from '../core/endpoint-set.js'

/** Not more often than this is a source asked to look again, in ms: in a storm endpoints die within moments. */
const PAUSE = 1_000

/** When most endpoints look dead, or nobody is left, it may be the list that is wrong: a good moment for its source to look again. */
export class Lookout {
  readonly #endpoints: EndpointSet
  #askedAt = Number.NEGATIVE_INFINITY
  /** Asks for a new list, where there is somebody to ask. */
  ask: (() => void) | undefined

  constructor(endpoints: EndpointSet) {
    this.#endpoints = endpoints
  }

  /** An endpoint was ejected, its breaker opened, or checks found it ill. */
  died(now: number): void {
    const { eligible, weighted } = this.#endpoints
    if (2 * eligible < weighted) this.deserted(now)
  }

  /** A call found nobody to go to, or more endpoints are dead than may be left out. */
  deserted(now: number): void {
    if (this.ask === undefined || now - this.#askedAt < PAUSE) return
    this.#askedAt = now
    this.ask()
  }
}
