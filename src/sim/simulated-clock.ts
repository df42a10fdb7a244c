import type { Clock } from '../runtime/clock.js'
import type { Agenda, SimEvent } from './agenda.js'

/** What the clock says when a simulation begins: any time, so that 0 is not taken for "never". */
const ORIGIN = 1_000_000
/** Timers further away than two of these wait outside of the agenda. */
const WIDTH = 128

class Timer implements SimEvent {
  at = 0
  order = 0
  due = 0
  callback: (() => void) | undefined
  waiting: Waiting | undefined

  constructor(callback: () => void) {
    this.callback = callback
  }

  happen(): void {
    this.callback?.()
  }
}

/** The timers of one stretch of time that is still far away. */
class Waiting implements SimEvent {
  at = 0
  order = 0
  readonly timers = new Set<Timer>()
  readonly happen: () => void

  constructor(happen: (waiting: Waiting) => void) {
    this.happen = () => happen(this)
  }
}

/**
 * The clock that simulated balancers go by.
 *
 * Nearly every timer is an attempt's timeout, set ten seconds ahead and cleared after some
 * milliseconds. In the agenda they would outnumber all that really happens by far, so they wait in
 * sets by time, which a cleared one leaves in O(1), and enter the agenda when their time is near.
 */
export class SimulatedClock implements Clock {
  readonly #agenda: Agenda
  readonly #far = new Map<number, Waiting>()

  constructor(agenda: Agenda) {
    this.#agenda = agenda
  }

  now(): number {
    return ORIGIN + this.#agenda.now
  }

  setTimer(callback: () => void, delay: number): Timer {
    const timer = new Timer(() => {
      this.#agenda.stirred = true
      callback()
    })
    timer.due = this.#agenda.now + Math.max(0, delay)
    if (delay < 2 * WIDTH) this.#agenda.add(timer, timer.due)
    else this.#wait(timer)
    return timer
  }

  clearTimer(timer: unknown): void {
    if (!(timer instanceof Timer)) return
    timer.callback = undefined
    timer.waiting?.timers.delete(timer)
  }

  #wait(timer: Timer): void {
    const stretch = Math.floor(timer.due / WIDTH)
    let waiting = this.#far.get(stretch)
    if (waiting === undefined) {
      waiting = new Waiting((due) => this.#enter(stretch, due))
      this.#far.set(stretch, waiting)
      this.#agenda.add(waiting, stretch * WIDTH)
    }
    waiting.timers.add(timer)
    timer.waiting = waiting
  }

  #enter(stretch: number, { timers }: Waiting): void {
    this.#far.delete(stretch)
    for (const timer of timers) {
      timer.waiting = undefined
      this.#agenda.add(timer, timer.due)
    }
  }
}
