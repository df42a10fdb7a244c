import type { OutcomeKind } from '../core/outcome.js'
import { checkDuration, checkNumber, checkObject } from '../core/validate.js'
import { RANKS, type Rank } from './call-priority.js'
import { SlidingCounts } from './sliding-counts.js'

/**
 * Options of client-side throttling: a service that turns calls away is not sent those that it would turn away.
 *
 * Source: Google's SRE book, "Handling Overload".
 */
export interface ThrottleOptions {
  /** So many times as many attempts are sent as the service accepts. Default 2: it may turn half of them away. */
  readonly ratio?: number
  /** What is gone by: the attempts of so many ms. Default 30 000, as Envoy's admission control; the book has 120 000. */
  readonly window?: number
  /** With fewer attempts a second than this, over a whole window, nothing is refused. Default 5, as Finagle. */
  readonly minPerSecond?: number
}

export type ThrottleSettings = Required<ThrottleOptions>

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkThrottle(given: ThrottleOptions | false | undefined): ThrottleSettings | undefined {
  if (given === undefined || given === false) return undefined
  const path = 'throttle'
  checkObject(given, path, ['ratio', 'window', 'minPerSecond'])
  return {
    ratio: checkNumber(given.ratio, `${path}.ratio`, 2, { min: 1, max: 1_000 }),
    window: checkDuration(given.window, `${path}.window`, 30_000),
    minPerSecond: checkNumber(given.minPerSecond, `${path}.minPerSecond`, 5, { max: 1e9 }),
  }
}

/** However bad it is, a tenth goes through, or nobody would find out that it is over. Envoy lets a fifth. */
const MOST = 0.9

const REQUESTS = 0
const ACCEPTS = 1
/** From here on: the calls of each rank. */
const CALLS = 2

/**
 * With attempts and accepts those of the window, this share of calls is refused:
 *
 *     p = max(0, (attempts - ratio x accepts) / (attempts + 1))
 *
 * Calls that were refused here count as attempts. Not accepted is what was answered with 429, 502, 503 or 504,
 * what timed out, and what found no connection or lost it; an attempt that was given up says nothing.
 *
 * By chance, but the least important first: only when p is more than their share of the calls is any other refused.
 */
export class Throttle {
  readonly settings: ThrottleSettings
  readonly #counts: SlidingCounts

  constructor(settings: ThrottleSettings) {
    this.settings = settings
    this.#counts = new SlidingCounts(settings.window, CALLS + RANKS)
  }

  /** Counts a call, and says with which probability it is to be refused. */
  chanceFor(rank: Rank, now: number): number {
    this.#counts.add(CALLS + rank, now)
    const share = this.share(now)
    if (share === 0) return 0
    let calls = 0
    let lesser = 0
    for (let r = 0; r < RANKS; r++) {
      const count = this.#counts.sum(CALLS + r)
      calls += count
      if (r > rank) lesser += count
    }
    const own = this.#counts.sum(CALLS + rank)
    return Math.min(1, Math.max(0, (share * calls - lesser) / own))
  }

  /** A call was refused. */
  refused(now: number): void {
    this.#counts.add(REQUESTS, now)
  }

  /** An attempt has ended. */
  observe(kind: OutcomeKind, now: number): void {
    switch (kind) {
      case 'cancelled':
      case 'stalled':
      case 'ignored':
        return
      case 'success':
      case 'server-error':
        this.#counts.add(ACCEPTS, now)
    }
    this.#counts.add(REQUESTS, now)
  }

  /** The share of all calls that is refused now. */
  share(now: number): number {
    this.#counts.advance(now)
    const { ratio, window, minPerSecond } = this.settings
    const { requests, accepts } = this
    if (requests < (minPerSecond * window) / 1_000) return 0
    return Math.min(MOST, Math.max(0, (requests - ratio * accepts) / (requests + 1)))
  }

  get requests(): number {
    return this.#counts.sum(REQUESTS)
  }

  get accepts(): number {
    return this.#counts.sum(ACCEPTS)
  }
}
