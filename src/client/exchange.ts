import type { LiveEndpoint } from '../core/endpoint.js'
import type { AttemptRecord } from '../core/errors.js'
import type { Outcome } from '../core/outcome.js'
import { reasonOf } from '../core/reason.js'
import { reportUncaught } from '../core/uncaught.js'
import { backupDelay } from '../resilience/hedge-options.js'
import { AttemptFailure, retryLoop } from '../resilience/retry-loop.js'
import { nextDelay, STOP } from '../resilience/retry-rule.js'
import { Attempt, type AttemptOwner, CallEnded, NO_OWNER } from './attempt.js'
import { awaitLease } from './await-lease.js'
import type { Call } from './call.js'
import { attemptFailed, callFailed } from './call-error.js'
import type { Desk } from './desk.js'
import type { Lease } from './lease.js'
import { Race, type RaceHost } from './race.js'
import type { Bid } from './room-waiter.js'
import { wait } from './wait.js'

const NOBODY: readonly LiveEndpoint[] = []
const NOTHING: readonly AttemptRecord[] = []

/**
 * One call from beginning to end: the order of things, and no algorithm. A first attempt that succeeds,
 * which is nearly all of them, tells the caller directly; everything else takes its time.
 */
export class Exchange<T> implements AttemptOwner<T>, RaceHost<T> {
  readonly desk: Desk
  readonly #call: Call<T>
  /** Where attempts came to nothing, and how: most calls have none. */
  #tried: readonly LiveEndpoint[] = NOBODY
  #records: readonly AttemptRecord[] = NOTHING
  #deadline = 0
  /** Attempts begun so far. */
  #begun = 0
  #resolve!: (result: T) => void
  #reject!: (error: unknown) => void

  constructor(desk: Desk, call: Call<T>) {
    this.desk = desk
    this.#call = call
  }

  run(): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#begin()
    })
  }

  /** The end of the first attempt. */
  succeeded(result: T): void {
    this.#resolve(result)
    this.desk.leave()
  }

  /** The first attempt came to nothing. */
  failed(error: unknown): void {
    const end = error instanceof AttemptFailure ? this.#retry(error) : Promise.reject(this.#ended(error))
    end.then(
      (result) => this.succeeded(result),
      (reason) => {
        this.#reject(reason)
        this.desk.leave()
      },
    )
  }

  record(record: AttemptRecord, endpoint: LiveEndpoint): void {
    this.#records = [...this.#records, record]
    this.#tried = [...this.#tried, endpoint]
  }

  /** The endpoint that an attempt waits for is taken for dead: another is asked as well, if that does no harm. */
  hurry(attempt: Attempt<T>, patience: number): void {
    if (this.#mayFail) new Race(this, attempt, 'silent', 1).hurry(patience)
  }

  another(running: readonly LiveEndpoint[]): Attempt<T> | undefined {
    const { engine, closed } = this.desk
    const { retry, route, shareable } = this.#call
    const now = engine.clock.now()
    if (closed || !shareable || this.#deadline - now < 1) return undefined
    engine.upkeep(now)
    const avoid = [...this.#tried, ...running]
    if (!engine.leasing.canBackUp(avoid, route, now) || retry.budget.balance(now) < 1) return undefined
    const attempt = this.#backup(avoid, now)
    if (attempt !== undefined) retry.budget.withdraw(now)
    return attempt
  }

  replacement(outcome: Outcome, running: readonly LiveEndpoint[]): Attempt<T> | undefined {
    const { engine } = this.desk
    const now = engine.clock.now()
    const avoid = [...this.#tried, ...running]
    if (!this.#call.shareable || !engine.leasing.canBackUp(avoid, this.#call.route, now)) return undefined
    return this.#delay(outcome) === STOP ? undefined : this.#backup(avoid, now)
  }

  replaced(outcome: Outcome): void {
    this.#tellOfRetry(outcome, 0)
  }

  #backup(avoid: readonly LiveEndpoint[], now: number): Attempt<T> | undefined {
    const lease = this.desk.engine.leasing.leaseBackup(now, this.#begun + 1, avoid, this.#call.route)
    return lease && this.#prepare(lease, NO_OWNER)
  }

  discard(result: T): void {
    this.#call.discard(result)
  }

  #begin(): void {
    const { engine } = this.desk
    this.desk.enter()
    const { timeout, what, route } = this.#call
    engine.totals.calls++
    let lease: Lease | undefined
    try {
      this.desk.assertWanted(this.#call.signal)
      const now = engine.clock.now()
      this.#deadline = now + timeout.total
      engine.throttle?.admit(what, route.rank, now)
      if (!this.desk.prepared) return this.#later(this.#awaitEndpoints(now).then((at) => this.#attempt(at)))
      engine.upkeep(now)
      lease = this.#lease(now)
      if (lease === undefined) return this.#later(this.#awaitLease(now))
    } catch (error) {
      return this.failed(error)
    }
    this.#send(lease, this)
  }

  /** The first attempt has to wait before it can be made. */
  #later(attempt: Promise<T>): void {
    attempt.then(
      (result) => this.succeeded(result),
      (error) => this.failed(error),
    )
  }

  async #retry(first: AttemptFailure<T>): Promise<T> {
    const { clock } = this.desk.engine
    try {
      return await retryLoop(
        first,
        () => this.#attempt(clock.now()),
        (failure) => this.#again(failure),
      )
    } catch (error) {
      if (!(error instanceof AttemptFailure)) throw this.#ended(error)
      // As with fetch, a status is an answer and not an error, also when retries ran out.
      if (error.outcome.progress === 'answered') return error.result as T
      throw this.#ended(
        attemptFailed(this.desk.engine, this.#call, error.outcome, this.#deadline, this.#records),
      )
    }
  }

  /** Waits until there are endpoints for calls to go to; returns the time at which there are. */
  async #awaitEndpoints(now: number): Promise<number> {
    const { engine, feed } = this.desk
    const missing = await this.desk.prepare(this.#deadline - now, this.#call.signal)
    if (missing === undefined) return engine.clock.now()
    const trouble = feed.error === undefined ? '' : ` (${reasonOf(feed.error)})`
    const why = `${missing} within ${this.#call.timeout.total} ms${trouble}`
    throw callFailed('ERR_DEADLINE_EXCEEDED', engine.name, this.#call.what, why, this.#records, feed.error)
  }

  async #attempt(now: number): Promise<T> {
    this.desk.assertWanted(this.#call.signal)
    this.desk.engine.upkeep(now)
    const lease = this.#lease(now)
    return lease === undefined ? this.#awaitLease(now) : this.#outcomeOf(lease)
  }

  /** Does it do no harm if an attempt fails, since there can be another one? */
  get #mayFail(): boolean {
    const { idempotent, replayable, retry } = this.#call
    return idempotent && replayable && retry.attempts > 1
  }

  #lease(now: number): Lease | undefined {
    return this.desk.engine.leasing.lease(now, this.#begun + 1, this.#tried, this.#mayFail, this.#call.route)
  }

  #outcomeOf(lease: Lease): Promise<T> {
    return new Promise((succeeded, failed) => {
      this.#send(lease, {
        ...{ succeeded, failed },
        record: (...end) => this.record(...end),
        hurry: (...attempt) => this.hurry(...attempt),
      })
    })
  }

  #send(lease: Lease, owner: AttemptOwner<T>): void {
    // Not before something is sent: a call that was refused is none that a retry could be a share of.
    if (lease.number === 1) this.#deposit(lease.startedAt)
    const attempt = this.#prepare(lease, owner)
    const { startedAt, trial } = lease
    const { hedge, idempotent, timeout } = this.#call
    if (trial && this.#mayFail) {
      // So that it costs the caller nothing to find out whether an endpoint is back.
      const delay = backupDelay(this.desk.engine.latencies, timeout.attempt, startedAt)
      new Race(this, attempt, 'trial', hedge?.max ?? 1).wait(startedAt, delay)
    } else if (hedge !== undefined && idempotent) {
      const delay = hedge.delayAt(this.desk.engine.latencies, startedAt)
      if (delay >= 0) new Race(this, attempt, 'slow', hedge.max).wait(startedAt, delay)
    }
    attempt.run()
  }

  /** A budget may be the caller's own: an endpoint was taken, and is not to be lost if that throws. */
  #deposit(now: number): void {
    try {
      this.#call.retry.budget.deposit(now)
    } catch (error) {
      reportUncaught(error)
    }
  }

  #prepare(lease: Lease, owner: AttemptOwner<T>): Attempt<T> {
    const { clock, deadlines } = this.desk.engine
    const limit = this.#call.timeout.limitAt(lease.startedAt, this.#deadline)
    this.#begun++
    return new Attempt(this.#call, lease, clock, deadlines, limit, owner)
  }

  /** Nobody can be picked now. */
  #awaitLease(now: number): Promise<T> {
    return awaitLease(this.desk, this.#bid(), now, (lease) => this.#outcomeOf(lease))
  }

  /** What it waits for an endpoint with. */
  #bid(): Bid {
    const { what, signal, route } = this.#call
    return {
      ...{ what, signal, route, records: this.#records, tried: this.#tried },
      ...{ number: this.#begun + 1, mayFail: this.#mayFail, deadline: this.#deadline },
    }
  }

  /** Decides on another attempt, and waits for its time to come. */
  async #again(failure: AttemptFailure<T>): Promise<boolean> {
    const { engine, closing } = this.desk
    const { outcome } = failure
    const answered = outcome.progress === 'answered'
    let delay: number
    try {
      delay = this.#delay(outcome)
    } catch (error) {
      // The caller's own `shouldRetry` threw, which ends the call.
      if (answered) this.#call.discard(failure.result as T)
      throw error
    }
    if (delay === STOP) return false
    if (answered) this.#call.discard(failure.result as T)
    this.#tellOfRetry(outcome, delay)
    // Who was told may have closed the balancer: nobody would wake this.
    this.desk.assertWanted(this.#call.signal)
    if (delay > 0) await wait(engine.clock, delay, this.#call.signal, closing)
    return true
  }

  #tellOfRetry({ kind }: Outcome, delay: number): void {
    const { totals, events } = this.desk.engine
    const endpoint = this.#tried.at(-1) as LiveEndpoint
    totals.retries++
    events.emit('retry', { endpoint, kind, attempts: this.#begun, delay })
  }

  #delay(outcome: Outcome): number {
    const { engine, closed } = this.desk
    const { retry, idempotent, replayable } = this.#call
    const now = engine.clock.now()
    engine.upkeep(now)
    const attempts = this.#begun
    const unsent = this.#records.reduce((sum, record) => sum + Number(record.progress === 'unsent'), 0)
    const question = {
      outcome,
      endpoint: this.#tried.at(-1)?.id ?? '',
      attempts,
      reached: attempts - unsent,
      idempotent,
      replayable: replayable && !closed,
      untriedLeft: engine.leasing.hasUntried(this.#tried, this.#call.route),
      availableIn: engine.leasing.availableIn(now, this.#call.route),
      left: this.#deadline - now,
      now,
    }
    return nextDelay(retry, question, engine.random)
  }

  /** The call is over with an error: lets go of its body, and finds what the caller is to see. */
  #ended(error: unknown): unknown {
    const reason = error instanceof CallEnded ? error.reason : error
    this.desk.engine.totals.failures++
    this.#call.dispose(reason)
    return reason
  }
}
