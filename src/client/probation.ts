import type { Outcome } from '../core/outcome.js'
import { Expiring } from '../runtime/deadlines.js'

/**
 * A result that lasts, such as a connection, has to stand for so many ms before it speaks for its endpoint:
 * where nobody is behind an address that takes connections, they break at once.
 */
export const PROBATION = 1_000

/** A result that lasts. Policies know of it already; whoever judges of health waits how it turns out. */
export class Probation extends Expiring {
  /** The success that it is if it stands. */
  readonly outcome: Outcome
  /** Does its end say nothing once that has passed? */
  readonly lasting: boolean
  passed = false
  readonly #onPassed: () => void

  constructor(outcome: Outcome, lasting: boolean, onPassed: () => void) {
    super()
    this.lasting = lasting
    this.outcome = outcome
    this.#onPassed = onPassed
  }

  expire(): void {
    this.passed = true
    this.#onPassed()
  }
}
