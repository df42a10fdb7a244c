/** Time and timers, so that tests and simulations can bring their own. */
export interface Clock {
  /** Milliseconds since the Unix epoch, as a number that never goes back. */
  now(): number
  /** Calls back after `delay` ms; the handle is for `clearTimer`. */
  setTimer(callback: () => void, delay: number): unknown
  clearTimer(timer: unknown): void
}

/**
 * The platform's time. Nothing is read before the first use, since Cloudflare Workers has no time at
 * global scope. Timers belong to calls that somebody waits for, so they keep the process alive, and
 * each is cleared when its call ends.
 */
export const platformClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  setTimer: (callback, delay) => setTimeout(callback, delay),
  clearTimer: (timer) => clearTimeout(timer as number),
}
