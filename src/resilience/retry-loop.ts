import pRetry from 'p-retry'
import type { Outcome } from '../core/outcome.js'

/**
 * An attempt that did not succeed, as p-retry wants it: thrown. It is a class of our own because
 * p-retry never retries a `TypeError` that it does not know for a network error, and which ones it
 * knows differs between runtimes.
 */
export class AttemptFailure<T> extends Error {
  readonly outcome: Outcome
  /** The answer, when there was one: it goes to the caller if nothing better comes. */
  readonly result: T | undefined

  constructor(outcome: Outcome, result: T | undefined) {
    super(outcome.kind)
    this.outcome = outcome
    this.result = result
  }
}

/**
 * Goes on after a first attempt that failed: p-retry runs the loop, `shouldRetry` decides, and waits.
 *
 * p-retry's own delays are off (it has one schedule for all failures, and its sleep cannot see the
 * deadline), and its signal is too: it would drop an answer that arrives in the instant of an abort.
 * An error thrown by `shouldRetry` ends the loop with that error.
 */
export function retryLoop<T>(
  first: AttemptFailure<T>,
  attempt: () => Promise<T>,
  shouldRetry: (failure: AttemptFailure<T>) => boolean | Promise<boolean>,
): Promise<T> {
  return pRetry((number) => (number === 1 ? Promise.reject(first) : attempt()), {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: 0,
    shouldRetry: ({ error }) => (error instanceof AttemptFailure ? shouldRetry(error) : false),
  })
}
