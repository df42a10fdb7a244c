import type { Clock } from '../runtime/clock.js'
import { unref } from '../runtime/unref.js'

/** Something took too long. */
export class TooLate extends Error {
  override readonly name = 'TooLate'
}

/** Waits for what may never come: gives up by time, or when nobody wants it any more. */
export class Patience {
  readonly #clock: Clock
  readonly #outer: AbortSignal
  readonly #controller = new AbortController()

  constructor(clock: Clock, outer: AbortSignal) {
    this.#clock = clock
    this.#outer = outer
  }

  /** Aborted when something was given up: whatever is still under way for it may end. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Ends the wait by itself, since not every `fetch` listens to its signal. */
  wait<T>(promise: Promise<T>, ms: number, otherwise: string): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const giveUp = (reason: unknown) => {
        end()
        this.#controller.abort(reason)
        reject(reason)
      }
      const unwanted = () => giveUp(this.#outer.reason)
      const timer = this.#clock.setTimer(() => giveUp(new TooLate(otherwise)), Math.max(0, ms))
      unref(timer)
      const end = () => {
        this.#clock.clearTimer(timer)
        this.#outer.removeEventListener('abort', unwanted)
      }
      this.#outer.addEventListener('abort', unwanted)
      void promise.then(resolve, reject).finally(end)
      if (this.#outer.aborted) unwanted()
    })
  }

  /** Lets go of what is still open. */
  end(): void {
    this.#controller.abort()
  }
}
