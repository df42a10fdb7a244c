import { checkNumber, checkObject } from '../core/validate.js'

/** Options of {@link retryBudget}. */
export interface RetryBudgetOptions {
  /** Retries allowed as a share of the calls of the last ten seconds, at least 0. Default 0.2. */
  readonly ratio?: number
  /** Retries a second that are allowed however few calls there are. Default 10. */
  readonly minPerSecond?: number
}

/** Limits retries to a share of the calls; may be shared between balancers. */
export interface RetryBudget {
  /** Counts a call. */
  deposit(now: number): void
  /** Takes one retry out; false when there is none left. */
  withdraw(now: number): boolean
  /** How many retries are left. */
  balance(now: number): number
}

const SLOTS = 10
const SLOT_MS = 1000

/** Calls and retries of the last ten seconds, in slots of one; old slots expire on access. */
export class SlidingRetryBudget implements RetryBudget {
  readonly #ratio: number
  readonly #reserve: number
  readonly #calls = new Float64Array(SLOTS)
  readonly #retries = new Float64Array(SLOTS)
  #callSum = 0
  #retrySum = 0
  #slot = Number.NaN
  /** Where the current slot is kept: a remainder of large numbers takes long. */
  #index = 0

  constructor(options: RetryBudgetOptions, path: string) {
    checkObject(options, path, ['ratio', 'minPerSecond'])
    this.#ratio = checkNumber(options.ratio, `${path}.ratio`, 0.2, { max: 100 })
    this.#reserve = checkNumber(options.minPerSecond, `${path}.minPerSecond`, 10, { max: 1e9 }) * SLOTS
  }

  deposit(now: number): void {
    this.#calls[this.#advance(now)]!++
    this.#callSum++
  }

  withdraw(now: number): boolean {
    const index = this.#advance(now)
    // Sums of fractions such as 5 x 0.2 may fall short of 1 by a rounding error.
    if (this.#left() < 1 - 1e-9) return false
    this.#retries[index]!++
    this.#retrySum++
    return true
  }

  balance(now: number): number {
    this.#advance(now)
    return Math.max(0, Math.floor(this.#left() + 1e-9))
  }

  #left(): number {
    return this.#ratio * this.#callSum + this.#reserve - this.#retrySum
  }

  /** Drops the slots that have passed; returns the current one's index. */
  #advance(now: number): number {
    const slot = Math.floor(now / SLOT_MS)
    const passed = slot - this.#slot
    // NaN at first use; a clock that went back changes nothing.
    if (passed > 0) {
      for (let k = 1; k <= Math.min(passed, SLOTS); k++) {
        const index = (this.#slot + k) % SLOTS
        this.#callSum -= this.#calls[index]!
        this.#retrySum -= this.#retries[index]!
        this.#calls[index] = 0
        this.#retries[index] = 0
      }
    }
    if (passed > 0 || Number.isNaN(passed)) {
      this.#slot = slot
      this.#index = slot % SLOTS
    }
    return this.#index
  }
}

/**
 * A retry budget to give to several balancers as `retry.budget`, so that together they keep to it.
 *
 * A dead service sees at most `1 + ratio` times its traffic, plus `minPerSecond`.
 *
 * Source: Finagle's `RetryBudget` (20 % and 10/s over 10 s are its defaults), tower's `TpsBudget`.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function retryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  return new SlidingRetryBudget(options, 'retryBudget')
}
