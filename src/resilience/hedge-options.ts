import { invalidConfig } from '../core/errors.js'
import type { LatencyWindow } from '../core/latency-window.js'
import { checkNumber, checkObject } from '../core/validate.js'

/** A percentile of recent latencies: `'p95'`, `'p99.9'`. */
export type Percentile = `p${number}`

/**
 * Options of hedging: a call that is slow is sent a second time, to another endpoint, and the first answer
 * counts.
 *
 * Sources: Dean & Barroso, "The Tail at Scale" (CACM 2013); gRFC A6; Finagle's backup requests.
 */
export interface HedgeOptions {
  /**
   * How long an attempt is waited for before another one is made beside it: ms, or a percentile of what
   * calls of this balancer took lately; then nothing is hedged before there are calls enough to tell it
   * (20 for `'p95'`, 100 for `'p99'`), and not before 1 ms. Default `'p95'`, so about 5 % of the calls.
   */
  readonly delay?: number | Percentile
  /** How many further attempts there are beside the first, each after another `delay`. Default 1. */
  readonly max?: number
}

/** No percentile is a good reason to send a call twice within this time, in ms. */
const SOONEST = 1

/** Checked and completed. */
export class HedgeSettings {
  readonly max: number
  readonly #delay: number
  /** A share of the calls, when the delay is a percentile. */
  readonly #quantile: number | undefined

  /** @throws BalancerError `ERR_INVALID_CONFIG` */
  constructor(given: HedgeOptions, path: string) {
    checkObject(given, path, ['delay', 'max'])
    const { delay = 'p95' } = given
    this.max = checkNumber(given.max, `${path}.max`, 1, { min: 1, max: 10, integer: true })
    this.#quantile = typeof delay === 'string' ? quantileOf(delay, `${path}.delay`) : undefined
    this.#delay = typeof delay === 'string' ? 0 : checkNumber(delay, `${path}.delay`, 0, { max: 2 ** 31 - 1 })
  }

  /** How long to wait for an attempt, in ms; NaN for "nobody knows yet". */
  delayAt(latencies: LatencyWindow, now: number): number {
    if (this.#quantile === undefined) return this.#delay
    return Math.max(SOONEST, latencies.quantile(this.#quantile, now))
  }
}

function quantileOf(text: string, path: string): number {
  const percent = /^p\d+(\.\d+)?$/.test(text) ? Number(text.slice(1)) : Number.NaN
  if (!(percent >= 1 && percent <= 99.9))
    throw invalidConfig(path, text, "milliseconds, or a percentile: at least 'p1', at most 'p99.9'")
  return percent / 100
}

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkHedge(given: HedgeOptions | false | undefined, path: string): HedgeSettings | undefined {
  return given === undefined || given === false ? undefined : new HedgeSettings(given, path)
}

/** Where nothing is known of latencies, a trial is waited for up to this long, in ms, or a tenth of its timeout. */
const UNKNOWN = 1_000

/** How long a trial of an endpoint that was out is waited for before another one is asked as well, in ms. */
export function backupDelay(latencies: LatencyWindow, timeout: number, now: number): number {
  const usual = latencies.quantile(0.95, now)
  return usual >= 0 ? Math.max(SOONEST, usual) : Math.min(UNKNOWN, timeout / 10)
}
