import type { Clock } from '../runtime/clock.js'
import { CallEnded } from './attempt.js'

type Waiter = (error: unknown) => void

/** Those who wait for one thing to happen. */
export class Waiters {
  readonly #waiters = new Set<Waiter>()

  add(waiter: Waiter): () => void {
    this.#waiters.add(waiter)
    return () => this.#waiters.delete(waiter)
  }

  /** It has happened or, with an error, never will. */
  wake(error?: unknown): void {
    if (this.#waiters.size === 0) return
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const waiter of waiters) waiter(error)
  }
}

/**
 * Waits `delay` ms (`Infinity`: without limit), or until woken: true if it was. An abort of `signal`
 * or a wake with an error ends the wait at once with {@link CallEnded}.
 */
export function wait(
  clock: Clock,
  delay: number,
  signal: AbortSignal | undefined,
  waiters: Waiters,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new CallEnded(signal.reason))
    const stop = () => {
      if (timer !== undefined) clock.clearTimer(timer)
      signal?.removeEventListener('abort', onAbort)
      leave()
    }
    const onAbort = () => {
      stop()
      reject(new CallEnded(signal?.reason))
    }
    const onTime = () => {
      stop()
      resolve(false)
    }
    const timer = delay === Number.POSITIVE_INFINITY ? undefined : clock.setTimer(onTime, delay)
    const leave = waiters.add((error) => {
      stop()
      if (error === undefined) resolve(true)
      else reject(new CallEnded(error))
    })
    signal?.addEventListener('abort', onAbort)
  })
}
