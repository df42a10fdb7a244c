import type { LiveEndpoint } from '../core/endpoint.js'
import type { AttemptRecord } from '../core/errors.js'
import type { Outcome, OutcomeKind, Progress } from '../core/outcome.js'
import { reportUncaught } from '../core/uncaught.js'
import { AttemptFailure } from '../resilience/retry-loop.js'
import type { Clock } from '../runtime/clock.js'
import { type Deadlines, Expiring } from '../runtime/deadlines.js'
import type { ErrorVerdict } from '../transport/transport.js'
import type { ResultVerdict, Sendable } from './call.js'
import { type Lease, UNUSED } from './lease.js'
import type { TimeLimit } from './time-limit.js'

/** A process that was held up for this long may have been frozen: what it waited for may never come now. */
const STALLED = 1_000
/** What came in while the event loop was blocked is read within a turn of it. */
const GRACE = 5

/** The call is over, with an error that is the caller's to have as it is. */
export class CallEnded extends Error {
  readonly reason: unknown

  constructor(reason: unknown) {
    super('ended')
    this.reason = reason
  }
}

/** Who made an attempt, and is told what came of it. */
export interface AttemptOwner<T> {
  succeeded(result: T): void
  failed(error: AttemptFailure<T> | CallEnded): void
  /** What came of it, if that is not a success. */
  record(record: AttemptRecord, endpoint: LiveEndpoint): void
  /** The endpoint is taken for dead while the attempt waits for it, which need not be hopeless for `patience` ms. */
  hurry?(attempt: Attempt<T>, patience: number): void
}

/**
 * One attempt: sends, waits for whichever comes first of answer, error, timeout and abort, and gives
 * the endpoint back with the outcome. What comes later is let go of.
 */
export class Attempt<T> extends Expiring {
  readonly #call: Sendable<T>
  readonly #lease: Lease
  readonly #clock: Clock
  readonly #deadlines: Deadlines
  readonly #limit: TimeLimit
  #owner: AttemptOwner<T>
  readonly #controller = new AbortController()
  #over = false
  /** For how much of being held up it was given time already. */
  #madeUp = 0

  constructor(
    call: Sendable<T>,
    lease: Lease,
    clock: Clock,
    deadlines: Deadlines,
    limit: TimeLimit,
    owner: AttemptOwner<T>,
  ) {
    super()
    this.#call = call
    this.#lease = lease
    this.#clock = clock
    this.#deadlines = deadlines
    this.#limit = limit
    this.#owner = owner
  }

  /** Begins. The owner is told of a successful result, an {@link AttemptFailure} or {@link CallEnded}. */
  run(): void {
    const { limit } = this.#limit
    this.#clock.loop?.enter(this.#lease.startedAt)
    this.#deadlines.join(this, this.#lease.startedAt, limit)
    // Whoever was told of something as the endpoint was taken may have given the call up.
    if (this.#call.signal?.aborted) return this.handleEvent()
    this.#call.signal?.addEventListener('abort', this)
    this.#send()
  }

  get endpoint(): LiveEndpoint {
    return this.#lease.endpoint
  }

  get startedAt(): number {
    return this.#lease.startedAt
  }

  get isTrial(): boolean {
    return this.#lease.trial
  }

  /** Somebody else is told of how it ends from now on; returns who would have been. */
  handOver(owner: AttemptOwner<T>): AttemptOwner<T> {
    const before = this.#owner
    this.#owner = owner
    return before
  }

  /** There is little hope that it will be answered, or none in `patience` ms. */
  hurry(patience: number): void {
    if (!this.#over) this.#owner.hurry?.(this, patience)
  }

  /** It is not begun, and will not be. */
  abandon(): void {
    this.#lease.settle(UNUSED, this.#clock.now())
  }

  /** Another attempt of the same call was answered first. */
  supersede(): void {
    this.#giveUp('superseded', new DOMException('Another attempt was answered first', 'AbortError'))
  }

  /** The call is over. */
  cancel(reason: unknown): void {
    this.#giveUp('cancelled', reason)
  }

  /** The caller's signal: the attempt itself listens, which saves a function for each. */
  handleEvent(): void {
    this.cancel(this.#call.signal?.reason)
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
    const { kind, status, retryAfter, load, again, final, timing } = verdict
    const latency = this.#latency(now)
    const outcome: Outcome = {
      kind,
      progress: 'answered',
      latency,
      status,
      retryAfter,
      load,
      final,
      error: undefined,
      timing,
    }
    this.#end()
    if (kind !== 'success' || again) return this.#failed(outcome, now, new AttemptFailure(outcome, result))
    if (this.#call.tracked) {
      return this.#hand(outcome, result, now)
    }
    this.#owner.succeeded(result)
    this.#lease.settle(outcome, now)
  }

  #hand(outcome: Outcome, result: T, now: number): void {
    let tracked = result
    try {
      tracked = this.#call.track(result, (error) => this.#usedUp(outcome, error))
    } catch (error) {
      // A response of some transport's own: its body ends when nobody can tell.
      reportUncaught(error)
      this.#usedUp(outcome, undefined)
    }
    // Mostly it has ended by now, and its endpoint has been given back.
    this.#lease.established(outcome, this.#call.lasting, now)
    this.#owner.succeeded(tracked)
    // It leads to the result: a result that waits to be collected as garbage must not be held by its own end.
    this.#owner = NO_OWNER
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
    if (this.#call.signal?.aborted) return this.handleEvent()
    const now = this.#clock.now()
    this.#end()
    let verdict: ErrorVerdict
    try {
      verdict = this.#call.classifyError(error, this.#lease.endpoint)
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

  /** Its time is over. */
  expire(): void {
    const now = this.#clock.now()
    const elapsed = now - this.#lease.startedAt
    const { limit, fair } = this.#limit
    const lost = this.#lost(now)
    const more = this.#extension(elapsed, lost)
    if (more > 0) return this.#deadlines.join(this, now, more)
    const stalled = lost > STALLED
    const kind = stalled ? 'stalled' : fair ? 'timeout' : 'cancelled'
    const error = new DOMException(`No answer within ${Math.round(limit)} ms`, 'TimeoutError')
    // What never got a connection can be sent again, whatever it is.
    const progress = this.#call.isWaiting?.(this.#controller.signal) ? 'unsent' : 'sent'
    const outcome = unanswered(kind, progress, stalled ? Number.NaN : elapsed - lost, error)
    this.#end()
    this.#controller.abort(error)
    this.#failed(outcome, now, new AttemptFailure<T>(outcome, undefined))
  }

  #giveUp(kind: OutcomeKind, reason: unknown): void {
    if (this.#over) return
    const now = this.#clock.now()
    this.#end()
    this.#controller.abort(reason)
    this.#failed(unanswered(kind, 'sent', this.#latency(now), reason), now, new CallEnded(reason))
  }

  /**
   * The time that this process took away from the attempt is given back. After a long halt only what has
   * come in already is waited for, since the connection may be gone; and the call's own end is kept to, but
   * for the turn of the event loop that reads what is there.
   */
  #extension(elapsed: number, lost: number): number {
    const { limit, left } = this.#limit
    if (lost <= this.#madeUp) return 0
    this.#madeUp = lost
    const missing = lost > STALLED ? 0 : limit - (elapsed - lost)
    return Math.max(GRACE, Math.min(missing, left - elapsed))
  }

  /** For how long of the attempt this process was held up. A late timer tells it too. */
  #lost(now: number): number {
    const { startedAt, lostBefore } = this.#lease
    // After time was given back it is late by that, which is not lost once more.
    const late = this.#madeUp > 0 ? this.#madeUp : now - startedAt - this.#limit.limit
    return Math.max((this.#clock.loop?.lost(now) ?? 0) - lostBefore, late > STALLED ? late : 0)
  }

  /**
   * What is left when the time that the process was held up is taken away. The answer may have come at any
   * moment of that, so when it is the larger part, nothing is known.
   */
  #latency(now: number): number {
    const lost = this.#lost(now)
    const latency = Math.max(0, now - this.#lease.startedAt - lost)
    return lost > latency ? Number.NaN : latency
  }

  /** Answers the caller first, so that a policy that throws on being told cannot make the call hang. */
  #failed(outcome: Outcome, now: number, failure: AttemptFailure<T> | CallEnded): void {
    const { endpoint, number, startedAt } = this.#lease
    const { kind, progress, status, error } = outcome
    const duration = now - startedAt
    this.#owner.record({ number, endpoint: endpoint.id, kind, progress, status, duration, error }, endpoint)
    // First, since another attempt may take its place at once.
    this.#lease.settle(outcome, now)
    this.#owner.failed(failure)
  }

  #end(): void {
    this.#over = true
    this.#clock.loop?.leave()
    this.#deadlines.leave(this)
    this.#call.signal?.removeEventListener('abort', this)
  }
}

/** For one that has none yet, or none any more. */
export const NO_OWNER: AttemptOwner<never> = { succeeded() {}, failed() {}, record() {} }

function unanswered(kind: OutcomeKind, progress: Progress, latency: number, error: unknown): Outcome {
  return {
    kind,
    progress,
    latency,
    status: undefined,
    retryAfter: undefined,
    load: undefined,
    final: false,
    error,
  }
}
