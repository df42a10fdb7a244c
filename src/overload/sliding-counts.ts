const SLOTS = 10

/** A few counters over the last `window` ms, in ten slots; old ones expire on access. */
export class SlidingCounts {
  readonly #slotMs: number
  readonly #width: number
  readonly #slots: Float64Array
  readonly #sums: Float64Array
  #slot = Number.NaN
  /** Where the current slot is kept: a remainder of large numbers takes long. */
  #row = 0

  constructor(window: number, counters: number) {
    this.#slotMs = window / SLOTS
    this.#width = counters
    this.#slots = new Float64Array(SLOTS * counters)
    this.#sums = new Float64Array(counters)
  }

  add(counter: number, now: number): void {
    this.advance(now)
    this.#slots[this.#row + counter]!++
    this.#sums[counter]!++
  }

  /** As of the last time that `add` or `advance` was told. */
  sum(counter: number): number {
    return this.#sums[counter] as number
  }

  advance(now: number): void {
    const slot = Math.floor(now / this.#slotMs)
    const passed = slot - this.#slot
    // NaN at first use; a clock that went back changes nothing.
    if (passed <= 0) return
    for (let k = 1; k <= Math.min(passed, SLOTS); k++) {
      const row = ((this.#slot + k) % SLOTS) * this.#width
      for (let i = row; i < row + this.#width; i++) {
        this.#sums[i - row]! -= this.#slots[i] as number
        this.#slots[i] = 0
      }
    }
    this.#slot = slot
    this.#row = (slot % SLOTS) * this.#width
  }
}
