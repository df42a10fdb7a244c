import TinyQueue from 'tinyqueue'

/** Something that will happen. It sits in the agenda at most once at a time. */
export interface SimEvent {
  at: number
  order: number
  happen(): void
}

/** What is going to happen, in order of time, and of entry where times are the same. */
export class Agenda {
  /** Virtual milliseconds since the beginning. */
  now = 0
  /** Set by events that settled a promise: what hangs on it has to run before time goes on. */
  stirred = false
  readonly #queue = new TinyQueue<SimEvent>([], (a, b) => a.at - b.at || a.order - b.order)
  #order = 0

  /** How much there is on it. */
  get size(): number {
    return this.#queue.length
  }

  add(event: SimEvent, at: number): void {
    event.at = at
    event.order = this.#order++
    this.#queue.push(event)
  }

  /** Takes the next event and goes on to its time. */
  next(): SimEvent | undefined {
    const event = this.#queue.pop()
    if (event !== undefined) this.now = event.at
    return event
  }
}
