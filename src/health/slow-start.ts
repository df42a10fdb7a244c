import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointSet } from '../core/endpoint-set.js'
import { checkDuration, checkFraction, checkNumber, checkObject } from '../core/validate.js'

/**
 * Options of slow start: an endpoint that joins, or comes back from an ejection, an open breaker or weight
 * 0, gets little at first and its whole share after `window`.
 *
 * Source: Envoy, "Slow start mode"; nginx `slow_start`.
 */
export interface SlowStartOptions {
  /** How long it takes in ms. Default 30 000. */
  readonly window?: number
  /** 1 for a straight line; more rises faster at first. Default 1. */
  readonly aggression?: number
  /** The share of its weight that it begins with, above 0 up to 1. Default 0.1. */
  readonly minShare?: number
}

/** Steps in which the share rises: fine enough to be smooth, coarse enough to cost nothing. */
const STEPS = 100

/** Lets endpoints warm up. Its clock is the calls': nothing runs between them. */
export class SlowStart {
  readonly #window: number
  readonly #aggression: number
  readonly #minShare: number
  /** Since when each of them is warming up. */
  readonly #since = new Map<LiveEndpoint, number>()
  #next = Number.POSITIVE_INFINITY

  /** @throws BalancerError `ERR_INVALID_CONFIG` */
  constructor(given: SlowStartOptions) {
    checkObject(given, 'slowStart', ['window', 'aggression', 'minShare'])
    this.#window = checkDuration(given.window, 'slowStart.window', 30_000)
    this.#aggression = checkNumber(given.aggression, 'slowStart.aggression', 1, { exclusive: true })
    this.#minShare = checkFraction(given.minShare, 'slowStart.minShare', 0.1)
    // A share of nothing would never be called, so that nobody would see it warm.
    if (this.#minShare === 0) checkNumber(0, 'slowStart.minShare', 0, { exclusive: true, max: 1 })
  }

  /** When there is next something to do. */
  get next(): number {
    return this.#next
  }

  /** When an endpoint is warm; `undefined` for one that is. */
  until(endpoint: LiveEndpoint): number | undefined {
    const since = this.#since.get(endpoint)
    return since === undefined ? undefined : since + this.#window
  }

  begin(endpoint: LiveEndpoint, endpoints: EndpointSet, now: number): void {
    this.#since.set(endpoint, now)
    endpoints.warm(endpoint, this.#minShare)
    this.#next = Math.min(this.#next, now + this.#window / STEPS)
  }

  forget(endpoint: LiveEndpoint): void {
    this.#since.delete(endpoint)
  }

  /** Raises the shares to what they should be now. */
  upkeep(endpoints: EndpointSet, now: number): void {
    if (now < this.#next) return
    for (const [endpoint, since] of this.#since) {
      const past = (now - since) / this.#window
      endpoints.warm(endpoint, past >= 1 ? 1 : Math.max(this.#minShare, past ** (1 / this.#aggression)))
      if (past >= 1) this.#since.delete(endpoint)
    }
    this.#next = this.#since.size === 0 ? Number.POSITIVE_INFINITY : now + this.#window / STEPS
  }
}
