import { forgetsTimers } from './forgetful.js'

/** Knows for how long the event loop was held up, in ms, as far as that can be known. */
export interface LoopWatch {
  /** Somebody waits for an answer from here on, and wants to know how much of the wait is our own doing. */
  enter(now: number): void
  /** The wait is over. */
  leave(): void
  /** How long the loop was held up so far: a number that never goes back. */
  lost(now: number): number
}

/** How often the loop is looked at while somebody waits. */
const PERIOD = 10
/** Timers of an idle loop are late by 1 ms or two; a beat that is later than this was held up. */
const NOTICEABLE = 5

/**
 * Measures by a timer that beats while attempts are under way: when it comes late, the loop was held up
 * for as long, by work or because the process was frozen. It does not keep the process alive, and it is
 * one for all balancers.
 */
export class HeartbeatWatch implements LoopWatch {
  readonly #now: () => number
  #waiting = 0
  /** Are timers here late only because the loop was held up? Not known before the first one. */
  #possible = true
  #lost = 0
  #timer: unknown
  #dueAt = Number.POSITIVE_INFINITY
  readonly #beat = () => {
    this.#timer = undefined
    if (this.#waiting > 0) this.#count(this.#now())
    if (this.#waiting > 0) this.#arm()
    else this.#dueAt = Number.POSITIVE_INFINITY
  }

  constructor(now: () => number) {
    this.#now = now
  }

  enter(now: number): void {
    // A beat that is late although nobody waited tells nothing, and one that was lost does not come.
    const beating = this.#waiting > 0 || now <= this.#dueAt
    this.#waiting++
    if (this.#possible && (this.#dueAt === Number.POSITIVE_INFINITY || !beating)) this.#arm()
  }

  leave(): void {
    this.#waiting--
  }

  lost(now: number): number {
    // The beat may be as late as whoever asks.
    if (this.#waiting > 0) this.#count(now)
    return this.#lost
  }

  #count(now: number): void {
    const late = now - this.#dueAt
    if (late < NOTICEABLE || !this.#possible) return
    this.#lost += late
    this.#dueAt = now
  }

  #arm(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer as number)
    const timer: unknown = setTimeout(this.#beat, PERIOD)
    // Browsers let the timers of hidden pages come late, and Workers have no time that passes while they
    // compute: only where timers can be told not to keep the process alive is lateness what it seems.
    if (typeof (timer as { unref?: unknown }).unref !== 'function' || forgetsTimers()) {
      clearTimeout(timer as number)
      this.#possible = false
      return
    }
    ;(timer as { unref(): void }).unref()
    this.#timer = timer
    this.#dueAt = this.#now() + PERIOD
  }
}
