import type { AttemptRecord } from '../core/errors.js'
import type { Outcome, OutcomeKind, Progress } from '../core/outcome.js'
import { AttemptFailure } from '../resilience/retry-loop.js'
import type { Clock } from '../runtime/clock.js'
import type { ErrorVerdict } from '../transport/transport.js'
import type { ResultVerdict, Sendable } from './call.js'
import type { Lease } from './lease.js'

/**
 * A timer that fires this much too late was not held up by work: the process was frozen (a suspended
 * serverless instance, SIGSTOP) or blocked, and what it waited for may have come long ago.
 */
const STALLED = 1_000

/** The call is over, with an error that is the caller's to have as it is. */
export class CallEnded extends Error {
  readonly reason: unknown

  constructor(reason: unknown) {
    super('ended')
    this.reason = reason
  }
}

/** How long an attempt may take, and whose fault it is if that is not enough. */
export interface AttemptLimit {
  /** Milliseconds; `Infinity` for no limit. */
  readonly limit: number
  /** Was it given all the time that an attempt is meant to have? */
  readonly fair: boolean
}

/**
 * One attempt: sends, waits for whichever comes first of answer, error, timeout and abort, and gives
 * the endpoint back with the outcome. What comes later is let go of.
 */
export class Attempt<T> {
  readonly #call: Sendable<T>
  readonly #lease: Lease
  readonly #clock: Clock
  readonly #limit: AttemptLimit
  readonly #onRecord: (record: AttemptRecord) => void
  readonly #controller = new AbortController()
  readonly #onAbort = () => this.#abort()
  #timer: unknown
  #over = false
  #resolve!: (result: T) => void
  #reject!: (error: AttemptFailure<T> | CallEnded) => void

  constructor(
    call: Sendable<T>,
    lease: Lease,
    clock: Clock,
    limit: AttemptLimit,
    onRecord: (record: AttemptRecord) => void,
  ) {
    this.#call = call
    this.#lease = lease
    this.#clock = clock
    this.#limit = limit
    this.#onRecord = onRecord
  }

  /** Resolves with a successful result; rejects with an {@link AttemptFailure} or {@link CallEnded}. */
  run(): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      const { limit } = this.#limit
      if (limit !== Number.POSITIVE_INFINITY) this.#timer = this.#clock.setTimer(() => this.#timeOut(), limit)
      this.#call.signal?.addEventListener('abort', this.#onAbort)
      this.#send()
    })
  }

  #send(): void {
    const { endpoint, number } = this.#lease
    try {
      const sent = this.#call.send(endpoint, this.#controller.signal, number)
      if (typeof (sent as PromiseLike<T> | undefined)?.then !== 'function') return this.#answer(sent as T)
      ;(sent as PromiseLike<T>).then(
        (result) => this.#answer(result),
        (error) => this.#fail(error),
      )
    } catch (error) {
      this.#fail(error)
    }
  }

  #answer(result: T): void {
    // Nobody waits for it any more.
    if (this.#over) return this.#call.discard(result)
    const now = this.#clock.now()
    let verdict: ResultVerdict
    try {
      verdict = this.#call.classifyResult(result, now)
    } catch (error) {
      return this.#fail(error)
    }
    const { kind, status, retryAfter, load, again } = verdict
    const latency = this.#latency(now)
    const outcome: Outcome = {
      kind,
      progress: 'answered',
      latency,
      status,
      retryAfter,
      load,
      error: undefined,
    }
    this.#end()
    if (kind !== 'success' || again) return this.#failed(outcome, now, new AttemptFailure(outcome, result))
    if (this.#call.tracked) return this.#hand(outcome, result)
    this.#resolve(result)
    this.#lease.settle(outcome, now)
  }

  #hand(outcome: Outcome, result: T): void {
    this.#resolve(this.#call.track(result, (error) => this.#usedUp(outcome, error)))
    // It leads to the result: a result that waits to be collected as garbage must not be held by its own end.
    this.#resolve = this.#reject = ignore
  }

  /** The answer has been used to its end, or broke off on the way. */
  #usedUp(outcome: Outcome, error: unknown): void {
    const now = this.#clock.now()
    if (error === undefined) return this.#lease.settle(outcome, now)
    const kind = this.#call.signal?.aborted ? 'cancelled' : 'broken'
    this.#lease.settle({ ...outcome, kind, error }, now)
  }

  #fail(error: unknown): void {
    if (this.#over) return
    // A signal that was aborted is what ended it, whatever error came of that.
    if (this.#call.signal?.aborted) return this.#abort()
    const now = this.#clock.now()
    this.#end()
    let verdict: ErrorVerdict
    try {
      verdict = this.#call.classifyError(error)
    } catch (bug) {
      // The caller's own `classify` threw: that error is the caller's to see.
      return this.#failed(unanswered('ignored', 'sent', Number.NaN, bug), now, new CallEnded(bug))
    }
    const { kind, progress } = verdict
    const outcome = unanswered(kind, progress, this.#latency(now), error)
    this.#failed(
      outcome,
      now,
      kind === 'ignored' ? new CallEnded(error) : new AttemptFailure<T>(outcome, undefined),
    )
  }

  #timeOut(): void {
    const now = this.#clock.now()
    const elapsed = now - this.#lease.startedAt
    const stalled = elapsed - this.#limit.limit > STALLED
    const kind = stalled ? 'stalled' : this.#limit.fair ? 'timeout' : 'cancelled'
    const error = new DOMException(`No answer within ${Math.round(this.#limit.limit)} ms`, 'TimeoutError')
    const outcome = unanswered(kind, 'sent', stalled ? Number.NaN : elapsed, error)
    this.#end()
    this.#controller.abort(error)
    this.#failed(outcome, now, new AttemptFailure<T>(outcome, undefined))
  }

  #abort(): void {
    if (this.#over) return
    const now = this.#clock.now()
    const reason = this.#call.signal?.reason
    this.#end()
    this.#controller.abort(reason)
    this.#failed(unanswered('cancelled', 'sent', this.#latency(now), reason), now, new CallEnded(reason))
  }

  /** An answer that came when the timer should have fired long ago was held up by this process. */
  #latency(now: number): number {
    const latency = now - this.#lease.startedAt
    return latency - this.#limit.limit > STALLED ? Number.NaN : Math.max(0, latency)
  }

  /** Answers the caller first, so that a policy that throws on being told cannot make the call hang. */
  #failed(outcome: Outcome, now: number, failure: AttemptFailure<T> | CallEnded): void {
    const { endpoint, number, startedAt } = this.#lease
    const { kind, progress, status, error } = outcome
    this.#onRecord({
      number,
      endpoint: endpoint.id,
      kind,
      progress,
      status,
      duration: now - startedAt,
      error,
    })
    this.#reject(failure)
    this.#lease.settle(outcome, now)
  }

  #end(): void {
    this.#over = true
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer)
    this.#call.signal?.removeEventListener('abort', this.#onAbort)
  }
}

function ignore(): void {}

function unanswered(kind: OutcomeKind, progress: Progress, latency: number, error: unknown): Outcome {
  return { kind, progress, latency, status: undefined, retryAfter: undefined, load: undefined, error }
}
