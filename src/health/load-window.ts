/** How many slots of a window are kept. */
const SLOTS = 30
const RING = SLOTS + 1

/**
 * Something that is counted over time, in slots of a thirtieth of a window, of which the highest is the peak. A
 * slot is long enough to be a mean and not chance, and expires when the window has passed it; no timer.
 */
export class LoadWindow {
  /** In ms. */
  readonly slot: number
  readonly #amounts = new Float64Array(RING)
  #origin = Number.NaN
  /** The number of the slot that is being filled. */
  #current = 0

  constructor(window: number) {
    this.slot = window / SLOTS
  }

  /** When the slot that is being filled is full; never, before there is one. */
  get end(): number {
    return Number.isNaN(this.#origin)
      ? Number.POSITIVE_INFINITY
      : this.#origin + (this.#current + 1) * this.slot
  }

  /** Adds something that happens now. */
  add(amount: number, now: number): void {
    this.#roll(now)
    this.#amounts[this.#current % RING]! += amount
  }

  /** Adds something that lasted, or takes it away again: an amount for each ms. Of the past, what is still kept. */
  spread(amount: number, from: number, to: number): void {
    this.#roll(to)
    const oldest = Math.max(0, this.#current - SLOTS)
    const first = Math.max(oldest, this.#slotOf(from))
    const last = Math.min(this.#current, this.#slotOf(to))
    for (let slot = first; slot <= last; slot++) {
      const start = this.#origin + slot * this.slot
      const overlap = Math.min(to, start + this.slot) - Math.max(from, start)
      if (overlap > 0) this.#amounts[slot % RING]! += amount * overlap
    }
  }

  /** The highest amount of a slot that is full; `undefined` while none is. */
  peak(now: number): number | undefined {
    this.#roll(now)
    if (this.#current === 0) return undefined
    let highest = 0
    for (let slot = Math.max(0, this.#current - SLOTS); slot < this.#current; slot++)
      highest = Math.max(highest, this.#amounts[slot % RING]!)
    return highest
  }

  #slotOf(time: number): number {
    return Math.floor((time - this.#origin) / this.slot)
  }

  #roll(now: number): void {
    if (Number.isNaN(this.#origin)) this.#origin = now
    if (now < this.end) return
    const next = this.#slotOf(now)
    for (let slot = Math.max(this.#current + 1, next - SLOTS); slot <= next; slot++)
      this.#amounts[slot % RING] = 0
    this.#current = Math.max(this.#current, next)
  }
}
