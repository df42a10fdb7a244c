import type { Clock } from '../../runtime/clock.js'
import { unref } from '../../runtime/unref.js'

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
    const { promise: result, resolve, reject } = withResolvers<T>()
    const giveUp = (reason: unknown) => {
      end()
      this.#controller.abort(reason)
      reject(reason)
    }
    const unwanted = () => giveUp(this.#outer.reason)
    const timer = this.#clock.setTimer(() => giveUp(new Error(otherwise)), ms)
    unref(timer)
    this.#outer.addEventListener('abort', unwanted)
    const end = () => {
      this.#clock.clearTimer(timer)
      this.#outer.removeEventListener('abort', unwanted)
    }
    promise.then(resolve, reject).finally(end)
    if (this.#outer.aborted) unwanted()
    return result
  }

  /** Lets go of what is still open. */
  end(): void {
    this.#controller.abort()
  }
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
