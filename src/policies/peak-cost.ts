import type { LiveEndpoint } from '../core/endpoint.js'
import { isFailure, type Outcome } from '../core/outcome.js'
import { PerEndpoint } from '../core/per-endpoint.js'

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
  /** The cost when it was written; below 0 when it is a penalty for a failure and not a measurement. */
  readonly #costs = new PerEndpoint()
  readonly #writtenAt = new PerEndpoint()

  constructor(decay: number, penalty: number) {
    this.#decay = decay
    this.#penalty = penalty
  }

  /**
   * The cost now; NaN when nothing is known: the endpoint was never measured, not for too long, or
   * the time that a penalty stands for has passed, so that it is worth another look.
   */
  read(endpoint: LiveEndpoint, now: number): number {
    const written = this.#costs.get(endpoint)
    const cost = Math.abs(written)
    const age = now - this.#writtenAt.get(endpoint)
    if (age > (written < 0 ? cost : FORGOTTEN * this.#decay)) return Number.NaN
    return age > 0 ? cost * Math.exp(-age / this.#decay) : cost
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
    const cost = this.read(endpoint, now)
    const penalised = this.#costs.get(endpoint) < 0
    if (kind === 'cancelled') {
      // How long it would have taken is not known, only that it was longer than this.
      if (latency > cost) this.#write(endpoint, penalised ? -latency : latency, now)
    } else if (kind === 'success') {
      // cost(t) = latency * (1 - w) + cost(t0) * w with w = e^(-age / decay); `read` gave cost(t0) * w.
      const w = Math.exp(-Math.max(0, now - this.#writtenAt.get(endpoint)) / this.#decay)
      const peak = penalised || !(latency < cost)
      this.#write(endpoint, peak ? latency : latency * (1 - w) + cost, now)
    }
  }

  #write(endpoint: LiveEndpoint, cost: number, now: number): void {
    this.#costs.set(endpoint, cost)
    this.#writtenAt.set(endpoint, now)
  }
}
