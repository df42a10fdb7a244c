import { invalidConfig } from '../core/errors.js'
import { checkNumber, checkObject } from '../core/validate.js'

/** Options of {@link adaptiveLimit}. */
export interface AdaptiveLimitOptions {
  /** The limit is never lower. Default 1. */
  readonly min?: number
  /** The limit is never higher. Default 1 000. */
  readonly max?: number
  /** The limit of an endpoint of which nothing is known. Default 20. */
  readonly initial?: number
  /** So many times the latency without load are not yet taken for a queue. Default 1.5. */
  readonly tolerance?: number
}

/** What {@link adaptiveLimit} makes, for `concurrency.maxPerEndpoint`. */
export class AdaptiveLimit {
  readonly min: number
  readonly max: number
  readonly initial: number
  readonly tolerance: number

  /** @throws BalancerError `ERR_INVALID_CONFIG` */
  constructor(given: AdaptiveLimitOptions) {
    const path = 'adaptiveLimit'
    checkObject(given, path, ['min', 'max', 'initial', 'tolerance'])
    const count = (value: number | undefined, name: string, fallback: number) =>
      checkNumber(value, `${path}.${name}`, fallback, { min: 1, max: 1_000_000, integer: true })
    this.min = count(given.min, 'min', 1)
    this.max = count(given.max, 'max', Math.max(1_000, this.min))
    if (this.max < this.min) throw invalidConfig(`${path}.max`, this.max, `at least min, ${this.min}`)
    this.initial = count(given.initial, 'initial', Math.min(this.max, Math.max(this.min, 20)))
    if (this.initial < this.min || this.initial > this.max)
      throw invalidConfig(`${path}.initial`, this.initial, `from min, ${this.min}, to max, ${this.max}`)
    this.tolerance = checkNumber(given.tolerance, `${path}.tolerance`, 1.5, { min: 1, max: 100 })
  }
}

/**
 * A limit for each endpoint that finds out by itself how many calls the endpoint can work on at a time: it grows
 * while latency stays what it is without load, and shrinks when that grows, or when calls time out or are
 * answered with 429 or 503.
 *
 * With L the limit, base the latency without load, and now that of the last calls (means of 25 calls, or of 2 L):
 *
 *     g  = tolerance x base / now, from 0.5 to 1; no more than the share of calls that were not dropped
 *     L' = g x L + sqrt(L)
 *
 * It does not grow while less than half of it is used, nor when 2 % of the calls were dropped. Base is measured anew whenever
 * a third of the limit is enough for all calls, and else every 30 s or so, for which the limit is lowered to a third
 * until 50 calls have come back: or a queue that is always there would be taken for the endpoint's own latency. Of an
 * endpoint that works on C calls at a time, L comes to 1.5 to 2.5 C, the smaller C the more.
 *
 * Sources: Netflix concurrency-limits, Gradient2; Envoy's adaptive concurrency filter.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function adaptiveLimit(options: AdaptiveLimitOptions = {}): AdaptiveLimit {
  return new AdaptiveLimit(options)
}
