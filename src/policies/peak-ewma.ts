import type { LiveEndpoint } from '../core/endpoint.js'
import { isFailure, type Outcome } from '../core/outcome.js'

/** Past this many decay times an estimate has faded to under 5 %: it says nothing any more. */
const FORGOTTEN = 3

/**
 * The cost of an endpoint in ms: an average of its latencies that jumps to every peak at once and
 * comes down with time constant `decay`, and that a failure never makes look cheap.
 *
 * Reading projects the decay without storing it, so looking twice changes nothing.
 */
export class PeakEwma {
  readonly decay: number
  readonly penalty: number

  constructor(decay: number, penalty: number) {
    this.decay = decay
    this.penalty = penalty
  }

  /**
   * The cost now; NaN when nothing is known: the endpoint was never measured, not for too long, or
   * the time that a penalty stands for has passed, so that it is worth another look.
   */
  read(endpoint: LiveEndpoint, now: number): number {
    const { cost, costAt } = endpoint
    const age = now - costAt
    if (age > (endpoint.penalised ? cost : FORGOTTEN * this.decay)) return Number.NaN
    return age > 0 ? cost * Math.exp(-age / this.decay) : cost
  }

  /** What was learned of it does not hold any more. */
  forget(endpoint: LiveEndpoint): void {
    write(endpoint, Number.NaN, Number.NaN, false)
  }

  observe(endpoint: LiveEndpoint, outcome: Outcome, now: number): void {
    const { kind, latency } = outcome
    if (Number.isNaN(latency)) return
    if (isFailure(kind) || kind === 'overloaded') {
      return write(endpoint, Math.max(latency, outcome.retryAfter ?? this.penalty), now, true)
    }
    const cost = this.read(endpoint, now)
    if (kind === 'cancelled') {
      // How long it would have taken is not known, only that it was longer than this.
      if (latency > cost) write(endpoint, latency, now, endpoint.penalised)
    } else if (kind === 'success') {
      // cost(t) = latency * (1 - w) + cost(t0) * w with w = e^(-age / decay); `read` gave cost(t0) * w.
      const w = Math.exp(-Math.max(0, now - endpoint.costAt) / this.decay)
      const peak = endpoint.penalised || !(latency < cost)
      write(endpoint, peak ? latency : latency * (1 - w) + cost, now, false)
    }
  }
}

function write(endpoint: LiveEndpoint, cost: number, now: number, penalised: boolean): void {
  endpoint.cost = cost
  endpoint.costAt = now
  endpoint.penalised = penalised
}
