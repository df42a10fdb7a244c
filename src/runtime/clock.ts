import { HeartbeatWatch, type LoopWatch } from './loop-watch.js'

/** Time and timers, so that tests and simulations can bring their own. */
export interface Clock {
  /** Milliseconds since the Unix epoch, as a number that never goes back. */
  now(): number
  /** Calls back after `delay` ms; the handle is for `clearTimer`. */
  setTimer(callback: () => void, delay: number): unknown
  clearTimer(timer: unknown): void
  /** Tells how much of a wait was this process's own doing; without it, all of it is the endpoint's. */
  readonly loop?: LoopWatch
}

class PlatformClock implements Clock {
  /** Read at first use: Cloudflare Workers has no time at global scope. It never changes. */
  #origin: number | undefined
  readonly loop: LoopWatch = new HeartbeatWatch(() => this.now())

  now(): number {
    this.#origin ??= performance.timeOrigin
    return this.#origin + performance.now()
  }

  setTimer(callback: () => void, delay: number): unknown {
    return setTimeout(callback, delay)
  }

  clearTimer(timer: unknown): void {
    clearTimeout(timer as number)
  }
}

/**
 * The platform's time. Timers belong to calls that somebody waits for, so they keep the process
 * alive, and each is cleared when its call ends.
 */
export const platformClock: Clock = new PlatformClock()
