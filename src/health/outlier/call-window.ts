import type { LiveEndpoint } from '../../core/endpoint.js'
import { PerEndpoint } from '../../core/per-endpoint.js'

/** A half of the window lasts that long, in ms, or longer where few calls come. */
const HALF = 15_000
/** A half that knows less of each endpoint that was called is not ended yet ... */
const ENOUGH = 20
/** ... but what is older than this, in ms, says nothing of now: half an hour. */
const OLDEST = 1_800_000

const TURN = 0
const CALLS = 1
const FAILURES = 2
const CALLS_BEFORE = 3
const FAILURES_BEFORE = 4

/** Calls and failures of one endpoint, or of several. */
export interface Tally {
  readonly calls: number
  readonly failures: number
}

/**
 * How many calls each endpoint had lately, and how many of them failed: in this half of a window and in the one
 * before it. The halves are the same for all endpoints, so what is compared happened at the same time; and
 * they grow longer when few calls come, so that there is something to compare. O(1) for each call.
 */
export class CallWindow {
  readonly #known = new PerEndpoint(5)
  /** Number of this half. */
  #turn = 0
  #startedAt = Number.NaN
  #startedBefore = Number.NaN
  /** Endpoints that were called in this half. */
  #members = 0
  #calls = 0
  #failures = 0
  #callsBefore = 0
  #failuresBefore = 0

  add(endpoint: LiveEndpoint, failed: boolean, now: number): void {
    if (!(now - this.#startedAt < HALF)) this.#roll(now)
    const at = this.#known.claim(endpoint)
    const { numbers } = this.#known
    if (numbers[at + TURN] !== this.#turn) this.#begin(numbers, at)
    numbers[at + CALLS]!++
    this.#calls++
    if (!failed) return
    numbers[at + FAILURES]!++
    this.#failures++
  }

  /** Of one endpoint. */
  of(endpoint: LiveEndpoint): Tally {
    const at = this.#known.claim(endpoint)
    const { numbers } = this.#known
    const age = this.#turn - numbers[at + TURN]!
    if (!(age <= 1)) return { calls: 0, failures: 0 }
    const calls = numbers[at + CALLS]!
    const failures = numbers[at + FAILURES]!
    if (age === 1) return { calls, failures }
    return {
      calls: calls + numbers[at + CALLS_BEFORE]!,
      failures: failures + numbers[at + FAILURES_BEFORE]!,
    }
  }

  /** Of all endpoints together. */
  get total(): Tally {
    return { calls: this.#calls + this.#callsBefore, failures: this.#failures + this.#failuresBefore }
  }

  /** Calls in a ms, of all endpoints together. */
  rate(now: number): number {
    const start = Number.isNaN(this.#startedBefore) ? this.#startedAt : this.#startedBefore
    return now > start ? this.total.calls / (now - start) : 0
  }

  /** What was counted of an endpoint does not hold any more, neither of it nor of those that are compared with it. */
  forget(endpoint: LiveEndpoint): void {
    const at = this.#known.claim(endpoint)
    const { numbers } = this.#known
    const age = this.#turn - numbers[at + TURN]!
    if (!(age <= 1)) return
    if (age === 0) {
      this.#calls -= numbers[at + CALLS]!
      this.#failures -= numbers[at + FAILURES]!
      this.#callsBefore -= numbers[at + CALLS_BEFORE]!
      this.#failuresBefore -= numbers[at + FAILURES_BEFORE]!
      this.#members--
    } else {
      this.#callsBefore -= numbers[at + CALLS]!
      this.#failuresBefore -= numbers[at + FAILURES]!
    }
    numbers[at + TURN] = Number.NEGATIVE_INFINITY
  }

  /** An endpoint's first call in this half. */
  #begin(numbers: Float64Array, at: number): void {
    const isNext = numbers[at + TURN] === this.#turn - 1
    numbers[at + CALLS_BEFORE] = isNext ? numbers[at + CALLS]! : 0
    numbers[at + FAILURES_BEFORE] = isNext ? numbers[at + FAILURES]! : 0
    numbers[at + TURN] = this.#turn
    numbers[at + CALLS] = 0
    numbers[at + FAILURES] = 0
    this.#members++
  }

  #roll(now: number): void {
    if (Number.isNaN(this.#startedAt)) this.#startedAt = now
    const age = now - this.#startedAt
    if (age < HALF || (this.#calls < ENOUGH * this.#members && age < OLDEST)) return
    const isGap = age >= 2 * OLDEST
    this.#turn += isGap ? 2 : 1
    this.#callsBefore = isGap ? 0 : this.#calls
    this.#failuresBefore = isGap ? 0 : this.#failures
    this.#calls = 0
    this.#failures = 0
    this.#members = 0
    this.#startedBefore = isGap ? Number.NaN : this.#startedAt
    this.#startedAt = now
  }
}
