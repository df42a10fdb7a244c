import type { Endpoint } from '../core/endpoint.js'
import { checkLoadReport, type LoadReport } from '../core/load-report.js'
import type { Outcome, OutcomeKind } from '../core/outcome.js'
import { checkKind } from '../core/validate.js'
import type { CallPriority } from '../overload/call-priority.js'
import type { Subset } from '../routing/subset.js'
import type { Clock } from '../runtime/clock.js'
import { classifyError } from '../transport/classify-error.js'
import type { Lease } from './lease.js'

/**
 * An endpoint handed out by `pick`. Give it back with exactly one of `succeed`, `fail` and `release`;
 * it counts as in flight until then, and later calls of the three do nothing. With `using` it is
 * released at the end of the scope.
 */
export interface Pick {
  /** Where to go. */
  readonly endpoint: Endpoint
  /**
   * The call went well; its latency is the time since the pick. `load` is what the server said of its
   * load, for policies that go by that.
   */
  succeed(load?: LoadReport): void
  /**
   * The call failed. What it means is judged by the error's code, or told by `kind`; an error that
   * says nothing counts as `'server-error'`.
   */
  fail(error: unknown, kind?: OutcomeKind): void
  /** Nothing is to be learned from it. */
  release(): void
  /** `release`, unless it was given back before. */
  [Symbol.dispose](): void
}

/** Options of `pick`. */
export interface PickOptions {
  /** Endpoints not to pick while there is another, for retries of your own. */
  readonly avoid?: readonly Endpoint[]
  /** Picks what others of the same key get, with a policy that hashes. */
  readonly hashKey?: string
  /** Picks one of these endpoints and no other, whatever `routes` say. */
  readonly subset?: Subset
  /** What is given up first when not all calls can be served. Default `'default'`. */
  readonly priority?: CallPriority
}

export class LeasedPick implements Pick {
  readonly #lease: Lease
  readonly #clock: Clock

  constructor(lease: Lease, clock: Clock) {
    this.#lease = lease
    this.#clock = clock
  }

  get endpoint(): Endpoint {
    return this.#lease.endpoint
  }

  succeed(load?: LoadReport): void {
    this.#settle('success', 'answered', undefined, checkLoadReport(load))
  }

  fail(error: unknown, kind?: OutcomeKind): void {
    checkKind(kind, 'fail.kind')
    const verdict = classifyError(error)
    this.#settle(
      kind ?? verdict?.kind ?? 'server-error',
      kind === undefined ? (verdict?.progress ?? 'sent') : 'sent',
      error,
    )
  }

  release(): void {
    this.#settle('ignored', 'sent', undefined)
  }

  [Symbol.dispose](): void {
    this.release()
  }

  #settle(kind: OutcomeKind, progress: Outcome['progress'], error: unknown, load?: LoadReport): void {
    const now = this.#clock.now()
    const lost = (this.#clock.loop?.lost(now) ?? 0) - this.#lease.lostBefore
    const latency = Math.max(0, now - this.#lease.startedAt - lost)
    this.#lease.settle(
      { kind, progress, latency, status: undefined, retryAfter: undefined, load, final: false, error },
      now,
    )
  }
}
