import { type Deadlines, Expiring } from '../runtime/deadlines.js'

/** Something to be done at a time, which may change. */
export class Alarm extends Expiring {
  readonly #deadlines: Deadlines
  readonly #ring: () => void
  #due = Number.POSITIVE_INFINITY

  constructor(deadlines: Deadlines, ring: () => void) {
    super()
    this.#deadlines = deadlines
    this.#ring = ring
  }

  /** Sets it, or with `Infinity` takes it back. */
  set(due: number, now: () => number): void {
    if (due === this.#due) return
    this.#deadlines.leave(this)
    this.#due = due
    if (due === Number.POSITIVE_INFINITY) return
    const at = now()
    // What is due now is done in a moment, and not in the middle of what is being done.
    this.#deadlines.join(this, at, Math.max(1, due - at))
  }

  override expire(): void {
    this.#due = Number.POSITIVE_INFINITY
    this.#ring()
  }
}
