import type { Random } from '../core/random.js'
import type { Clock } from '../runtime/clock.js'
import { unref } from '../runtime/unref.js'
import type { DiscoveryWatch } from './source.js'

/** How often a registry is asked, in ms. */
export interface PollTimes {
  /** Never more often than this, whatever is asked for; and the least pause after a failure. */
  readonly minInterval: number
  /** At least as often as this, and the longest pause after failures. */
  readonly maxInterval: number
}

/** What a poll does each time. */
export interface PollTask extends PollTimes {
  readonly clock: Clock
  readonly random: Random
  /**
   * Looks once, and passes on what it finds. Resolves with the ms for which that is good; without a number,
   * as long as may be. It has to come to an end by itself: the next look waits for it. Once `signal` is
   * aborted nobody wants to know any more. `wentWell` is for looks that last: one that finds something and breaks
   * off later was no failure, so the pauses begin anew.
   */
  look(signal: AbortSignal, wentWell?: () => void): Promise<number | undefined>
  /** A look was in vain. */
  failed(error: unknown): void
}

/** A look comes early by up to this share of its interval: processes that began together drift apart, and nobody is late. */
const JITTER = 0.1

/**
 * Looks again and again: when what was found is no longer good (a TTL), at once when that is asked for, and
 * after failures at intervals that double, with half of each left to chance. One look at a time, one timer,
 * which keeps no process alive.
 */
export class Poll implements DiscoveryWatch {
  readonly #task: PollTask
  readonly #closing = new AbortController()
  #timer: unknown
  /** When the next look begins. */
  #dueAt = 0
  /** When the last one began. */
  #lookedAt = Number.NEGATIVE_INFINITY
  #looking = false
  /** In a row. */
  #failures = 0

  /** Begins at once. */
  constructor(task: PollTask) {
    this.#task = task
    void this.#look()
  }

  /** Looks at once or, when the last look began less than `minInterval` ago, as soon as that has passed. */
  refresh(): void {
    // What is under way is as fresh as what would come after it.
    if (this.#looking || this.#closing.signal.aborted) return
    const { clock, minInterval } = this.#task
    const earliest = Math.max(clock.now(), this.#lookedAt + minInterval)
    if (earliest < this.#dueAt) this.#plan(earliest)
  }

  close(): void {
    this.#disarm()
    this.#closing.abort(new DOMException('The source was closed', 'AbortError'))
  }

  async #look(): Promise<void> {
    const { signal } = this.#closing
    const { clock, look, failed } = this.#task
    this.#timer = undefined
    this.#looking = true
    this.#lookedAt = clock.now()
    try {
      const wentWell = () => {
        this.#failures = 0
      }
      const goodFor = await look(signal, wentWell)
      wentWell()
      this.#next(this.#untilStale(goodFor))
    } catch (error) {
      this.#failures++
      this.#next(this.#backoff())
      // Last: whoever hears of it may throw, or close.
      if (!signal.aborted) failed(error)
    }
  }

  /** A registry may say anything: within bounds it is an interval. */
  #untilStale(goodFor = Number.POSITIVE_INFINITY): number {
    const { minInterval, maxInterval, random } = this.#task
    const interval = goodFor < maxInterval ? goodFor : maxInterval
    return Math.max(interval * (1 - JITTER * random()), minInterval)
  }

  /** Up to 2 min, 4 min, 8 min … max, at least half of that, and never below min. */
  #backoff(): number {
    const { minInterval, maxInterval, random } = this.#task
    const longest = Math.min(minInterval * 2 ** this.#failures, maxInterval)
    return Math.max(longest * (1 - random() / 2), minInterval)
  }

  #next(delay: number): void {
    this.#looking = false
    if (this.#closing.signal.aborted) return
    this.#plan(this.#task.clock.now() + delay)
  }

  #plan(at: number): void {
    this.#disarm()
    const { clock } = this.#task
    this.#dueAt = at
    // Timers leave out what is less than a millisecond, and it is not to be early.
    this.#timer = clock.setTimer(() => void this.#look(), Math.ceil(Math.max(0, at - clock.now())))
    unref(this.#timer)
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#task.clock.clearTimer(this.#timer)
    this.#timer = undefined
  }
}
