import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { invalidConfig } from '../core/errors.js'
import type { Outcome } from '../core/outcome.js'
import { checkDuration, checkNumber, checkObject } from '../core/validate.js'
import { EdfSchedule } from './edf-schedule.js'
import { LoadWeights } from './load-weights.js'
import type { PickContext, Policy } from './policy.js'

/** Options of {@link weightedByLoad}; times in ms, defaults as gRPC. */
export interface WeightedByLoadOptions {
  /** An endpoint's reports must have come for so long before they count; 0 for at once. Default 10 000. */
  readonly blackoutPeriod?: number
  /** A weight that was not reported again for so long is forgotten. Default 180 000, three minutes. */
  readonly weightExpirationPeriod?: number
  /** Weights are computed anew so often, at a pick; at least 100. Default 1 000. */
  readonly weightUpdatePeriod?: number
  /** How much the share of errors adds to the utilisation. Default 1. */
  readonly errorUtilizationPenalty?: number
  /**
   * What an endpoint is utilised by: `'cpu'`, `'memory'`, or a name among its report's `utilization` and
   * `namedMetrics`. Default: the application's own measure, else the CPU's.
   */
  readonly metric?: string
}

const KEYS = [
  'blackoutPeriod',
  'weightExpirationPeriod',
  'weightUpdatePeriod',
  'errorUtilizationPenalty',
  'metric',
]

/** The least period of updates, as in gRPC: each costs O(n). */
const MIN_UPDATE_PERIOD = 100

class WeightedByLoadPolicy {
  readonly name = 'weighted-by-load'
  readonly usesLoadReports = true
  readonly #options: WeightedByLoadOptions
  readonly #period: number
  readonly #weights: LoadWeights
  readonly #schedule: EdfSchedule
  #updateAt = Number.NEGATIVE_INFINITY

  constructor(options: WeightedByLoadOptions) {
    checkObject(options, 'weightedByLoad', KEYS)
    const { metric } = options
    if (metric !== undefined && (typeof metric !== 'string' || metric === '')) {
      throw invalidConfig('weightedByLoad.metric', metric, 'the name of a metric')
    }
    this.#options = options
    this.#period = Math.max(
      MIN_UPDATE_PERIOD,
      checkDuration(options.weightUpdatePeriod, 'weightedByLoad.weightUpdatePeriod', 1_000),
    )
    this.#weights = new LoadWeights({
      blackout: checkNumber(options.blackoutPeriod, 'weightedByLoad.blackoutPeriod', 10_000),
      expiration: checkDuration(
        options.weightExpirationPeriod,
        'weightedByLoad.weightExpirationPeriod',
        180_000,
      ),
      errorPenalty: checkNumber(options.errorUtilizationPenalty, 'weightedByLoad.errorUtilizationPenalty', 1),
      metric,
    })
    this.#schedule = new EdfSchedule((endpoint) => this.#weights.of(endpoint))
  }

  pick(view: EndpointTable, { now, random }: PickContext): LiveEndpoint | undefined {
    if (now >= this.#updateAt) {
      this.#updateAt = now + this.#period
      this.#weights.update(view, now)
      this.#schedule.reweigh()
    }
    return this.#schedule.pick(view, random)
  }

  observe(endpoint: LiveEndpoint, { load }: Outcome, now: number): void {
    if (load !== undefined) this.#weights.report(endpoint, load, now)
  }

  forget(endpoint: LiveEndpoint): void {
    this.#weights.forget(endpoint)
  }

  fork(): Policy {
    return new WeightedByLoadPolicy(this.#options)
  }
}

/**
 * Round robin by weights that follow from what servers report: requests a second over utilisation, so
 * that all come to be utilised alike, whatever their size. For large fleets of steady, unlike servers;
 * it follows in seconds, where `prequal()` does in milliseconds.
 *
 * Reports ride on responses (`endpoint-load-metrics` or `evenkeel-load`) and must have both a rate (`rps`)
 * and a utilisation. An endpoint that reports nothing, or has only for less than `blackoutPeriod`, gets
 * the mean of the known weights; with fewer than two known ones it is plain round robin. Configured weights
 * are multiplied with. Turns are spread out evenly and begin at a random place; O(log n) a pick, and O(n)
 * for the update that a pick makes when `weightUpdatePeriod` has passed.
 *
 * Source: gRPC A58 with the metrics of A64 and ORCA; where grpc-js gives an unknown endpoint a *period* as long
 * as the mean weight, it has the period of the mean weight here.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` for an option out of its range
 */
export function weightedByLoad(options: WeightedByLoadOptions = {}): Policy {
  return new WeightedByLoadPolicy(options)
}
