/** How long an attempt may take, and whose fault it is if that is not enough. */
export interface TimeLimit {
  /** Milliseconds; `Infinity` for no limit. */
  readonly limit: number
  /** Was it given all the time that an attempt is meant to have? */
  readonly fair: boolean
  /** Milliseconds that the whole call had left at the start of the attempt. */
  readonly left: number
}

/** Timeouts of a call in ms; `Infinity` for none. */
export class TimeoutSettings {
  readonly attempt: number
  readonly total: number
  /** The limit of an attempt that begins with its call, as nearly all do: made once for all of them. */
  readonly #whole: TimeLimit

  constructor(attempt: number, total: number) {
    this.attempt = attempt
    this.total = total
    this.#whole = this.#limit(total)
  }

  /** The limit of an attempt that begins at a time, in a call that has to end by its deadline. */
  limitAt(startedAt: number, deadline: number): TimeLimit {
    return startedAt + this.total === deadline ? this.#whole : this.#limit(Math.max(0, deadline - startedAt))
  }

  #limit(left: number): TimeLimit {
    const { attempt, total } = this
    // Nobody is to blame for too little time who only got what a wait or other attempts left of it. The
    // millisecond is for what rounding takes off the deadline.
    return { left, limit: Math.min(attempt, left), fair: left + 1 > Math.min(attempt, total) }
  }
}
