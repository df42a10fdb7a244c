import type { Clock } from '../runtime/clock.js'
import type { LoopWatch } from '../runtime/loop-watch.js'

interface Timer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

/** A clock that stands still until it is told to go on. */
export interface VirtualClock extends Clock {
  /** How many timers are set: 0 when nothing was left behind. */
  readonly pending: number
  /**
   * Goes on by `ms`, calling back every timer that falls due on the way, in order, and lets promises
   * settle in between.
   */
  advance(ms: number): Promise<void>
  /**
   * Jumps by `ms` without calling anybody back: a process that is frozen, or whose event loop is blocked.
   * Late timers fire at the next `advance`. The balancer is told, as by the platform's clock.
   */
  freeze(ms: number): void
}

/** Rounds of the microtask queue given to what hangs on a timer; each is one macrotask long. */
const SETTLE_ROUNDS = 3

class SimulatedClock implements VirtualClock {
  readonly #timers = new Set<Timer>()
  #frozen = 0
  readonly loop: LoopWatch = { enter() {}, leave() {}, lost: () => this.#frozen }
  #now: number
  #order = 0

  constructor(start: number) {
    this.#now = start
  }

  get pending(): number {
    return this.#timers.size
  }

  now(): number {
    return this.#now
  }

  setTimer(callback: () => void, delay: number): unknown {
    const timer: Timer = { at: this.#now + Math.max(0, delay), order: this.#order++, callback }
    this.#timers.add(timer)
    return timer
  }

  clearTimer(timer: unknown): void {
    this.#timers.delete(timer as Timer)
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.callback()
      await settle()
    }
    this.#now = end
  }

  freeze(ms: number): void {
    this.#frozen += ms
    this.#now += ms
  }

  #next(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer
    }
    return first
  }
}

/** Lets promises that are ready settle, by real macrotasks, which no fake timers hold up. */
async function settle(): Promise<void> {
  for (let i = 0; i < SETTLE_ROUNDS; i++) {
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => {
        port1.close()
        resolve()
      }
      port2.postMessage(undefined)
    })
  }
}

/**
 * A clock for tests: pass it as `clock`, and time only passes when you say so.
 *
 * ```ts
 * const clock = virtualClock()
 * const users = createBalancer({ endpoints, clock })
 * await clock.advance(5_000)
 * ```
 */
export function virtualClock(start = 1_000_000): VirtualClock {
  return new SimulatedClock(start)
}
