import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { type LoadReport, utilizationOf } from '../core/load-report.js'
import { PerEndpoint } from '../core/per-endpoint.js'

/** How reports become weights; all times in ms. */
export interface LoadWeightSettings {
  readonly blackout: number
  readonly expiration: number
  readonly errorPenalty: number
  readonly metric: string | undefined
}

/**
 * Weights from reported load: requests a second for each unit of utilisation, so that all endpoints
 * come to be utilised alike. They are shares of the mean, which an endpoint without a weight of its
 * own gets: 1.
 *
 * Source: gRPC A58, "Weighted Round Robin LB policy".
 */
export class LoadWeights {
  readonly #settings: LoadWeightSettings
  /** The newest weight, when it came, and since when there have been weights. */
  readonly #reported = new PerEndpoint()
  readonly #reportedAt = new PerEndpoint()
  readonly #since = new PerEndpoint()
  /** What `of` gives: the shares as they were computed last. */
  readonly #shares = new PerEndpoint()

  constructor(settings: LoadWeightSettings) {
    this.#settings = settings
  }

  /** Its share of the mean, times its configured weight. */
  of(endpoint: LiveEndpoint): number {
    const share = this.#shares.get(endpoint)
    return share > 0 ? share * endpoint.effectiveWeight : endpoint.effectiveWeight
  }

  /** A report that says too little is passed over, and the last weight holds on. */
  report(endpoint: LiveEndpoint, load: LoadReport, now: number): void {
    const { rps = 0, eps = 0 } = load
    const utilization = utilizationOf(load, this.#settings.metric)
    if (!(rps > 0 && utilization > 0)) return
    const weight = rps / (utilization + (eps / rps) * this.#settings.errorPenalty)
    // Of numbers as far apart as a mistake can make them.
    if (!(weight > 0 && weight < Number.POSITIVE_INFINITY)) return
    this.#reported.set(endpoint, weight)
    this.#reportedAt.set(endpoint, now)
    if (Number.isNaN(this.#since.get(endpoint))) this.#since.set(endpoint, now)
  }

  forget(endpoint: LiveEndpoint): void {
    this.#since.set(endpoint, Number.NaN)
    this.#reported.set(endpoint, Number.NaN)
  }

  /** Computes all shares anew, O(n). With fewer than two known weights all are alike. */
  update(view: EndpointTable, now: number): void {
    let sum = 0
    let known = 0
    for (let i = 0; i < view.total; i++) {
      const weight = this.#current(view.at(i), now)
      if (Number.isNaN(weight)) continue
      sum += weight
      known++
    }
    for (let i = 0; i < view.total; i++) {
      const weight = this.#current(view.at(i), now)
      this.#shares.set(view.at(i), known < 2 || Number.isNaN(weight) ? 1 : (weight * known) / sum)
    }
  }

  /** NaN when there is none to go by: never reported, expired, or in its blackout. */
  #current(endpoint: LiveEndpoint, now: number): number {
    const { blackout, expiration } = this.#settings
    if (now - this.#reportedAt.get(endpoint) >= expiration) {
      this.forget(endpoint)
      return Number.NaN
    }
    return now - this.#since.get(endpoint) >= blackout ? this.#reported.get(endpoint) : Number.NaN
  }
}
