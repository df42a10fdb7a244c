import type { LiveEndpoint } from '../core/endpoint.js'
import { isFailure, type Outcome, wasGivenUp } from '../core/outcome.js'
import { PerEndpoint } from '../core/per-endpoint.js'

/** What is kept of each endpoint. */
const COST = 0
const WRITTEN_AT = 1

/** Past this many decay times an estimate has faded to under 5 %: it says nothing any more. */
const FORGOTTEN = 3

/**
 * The cost of an endpoint in ms: an average of its latencies that jumps to every peak at once and
 * comes down with time constant `decay`, and that a failure never makes look cheap.
 *
 * Reading projects the decay without storing it, so looking twice changes nothing.
 */
export class PeakCost {
  readonly #decay: number
  readonly #penalty: number
  /** The cost when it was written, below 0 when it is a penalty for a failure and not a measurement; and when. */
  readonly #costs = new PerEndpoint(2)
  #now = Number.NaN
  /**
   * What `assess` found; NaN when nothing is known: the endpoint was never measured, not for too long, or
   * the time that a penalty stands for has passed, so that it is worth another look. A field, since a fraction that
   * is returned may be wrapped in an object.
   */
  cost = Number.NaN

  constructor(decay: number, penalty: number) {
    this.#decay = decay
    this.#penalty = penalty
  }

  /** Fixes the time for `assess`. */
  at(now: number): void {
    this.#now = now
  }

  /** Finds the `cost` at the time given to `at`. */
  assess(endpoint: LiveEndpoint): void {
    const written = this.#costs.get(endpoint, COST)
    const cost = Math.abs(written)
    const age = this.#now - this.#costs.get(endpoint, WRITTEN_AT)
    if (age > (written < 0 ? cost : FORGOTTEN * this.#decay)) this.cost = Number.NaN
    else this.cost = age > 0 ? cost * Math.exp(-age / this.#decay) : cost
  }

  /** What was learned of it does not hold any more. */
  forget(endpoint: LiveEndpoint): void {
    this.#write(endpoint, Number.NaN, Number.NaN)
  }

  observe(endpoint: LiveEndpoint, outcome: Outcome, now: number): void {
    const { kind, latency } = outcome
    if (Number.isNaN(latency)) return
    if (isFailure(kind) || kind === 'overloaded') {
      return this.#write(endpoint, -Math.max(latency, outcome.retryAfter ?? this.#penalty), now)
    }
    this.at(now)
    this.assess(endpoint)
    const { cost } = this
    const penalised = this.#costs.get(endpoint, COST) < 0
    if (wasGivenUp(kind)) {
      // How long it would have taken is not known, only that it was longer than this.
      if (latency > cost) this.#write(endpoint, penalised ? -latency : latency, now)
    } else if (kind === 'success') {
      // cost(t) = latency * (1 - w) + cost(t0) * w with w = e^(-age / decay); `assess` gave cost(t0) * w.
      const w = Math.exp(-Math.max(0, now - this.#costs.get(endpoint, WRITTEN_AT)) / this.#decay)
      const peak = penalised || !(latency < cost)
      this.#write(endpoint, peak ? latency : latency * (1 - w) + cost, now)
    }
  }

  #write(endpoint: LiveEndpoint, cost: number, now: number): void {
    this.#costs.set(endpoint, cost, COST)
    this.#costs.set(endpoint, now, WRITTEN_AT)
  }
}
