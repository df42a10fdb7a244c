/**
 * How many calls ended in the last `window` ms, from two counters: the current window's and the one
 * before it, of which the part that is still inside counts. Nothing needs to run for it to expire.
 */
export class RecentVolume {
  #current = 0
  #previous = 0
  #startedAt = Number.NEGATIVE_INFINITY

  add(now: number, window: number): void {
    this.#roll(now, window)
    this.#current++
  }

  count(now: number, window: number): number {
    this.#roll(now, window)
    const past = (now - this.#startedAt) / window
    return Math.round(this.#current + this.#previous * (1 - past))
  }

  #roll(now: number, window: number): void {
    const age = now - this.#startedAt
    if (age < window) return
    this.#previous = age < 2 * window ? this.#current : 0
    this.#current = 0
    this.#startedAt = age < 2 * window ? this.#startedAt + window : now
  }
}
