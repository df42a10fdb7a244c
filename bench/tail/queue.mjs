import { SLOTS } from './fleet.mjs'

/**
 * One server: a call waits until a slot is free and then takes its demand times how slow the server is at that moment.
 * All that is arithmetic on the times of arrival, so a timer that is late delays one answer and not those behind it.
 */
export class Queue {
  /** When each slot is free. */
  #slots = new Array(SLOTS).fill(Number.NEGATIVE_INFINITY)
  #slowness

  constructor(slowness) {
    this.#slowness = slowness
  }

  /** Takes in a call that brings so much work; returns when it is done. */
  arrive(now, demand) {
    const slot = this.#slots.indexOf(Math.min(...this.#slots))
    const start = Math.max(now, this.#slots[slot])
    const end = start + demand * this.#slowness(start)
    this.#slots[slot] = end
    return end
  }
}
