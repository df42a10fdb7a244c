import type { LiveEndpoint } from '../core/endpoint.js'
import type { AttemptRecord, BalancerError, BalancerErrorCode } from '../core/errors.js'
import type { Outcome } from '../core/outcome.js'
import { AttemptFailure, retryLoop } from '../resilience/retry-loop.js'
import { nextDelay, STOP } from '../resilience/retry-rule.js'
import { Attempt, type AttemptOwner, CallEnded } from './attempt.js'
import type { Call } from './call.js'
import { callFailed, nobodyLeft, reasonOf } from './call-error.js'
import type { Desk } from './desk.js'
import { type Lease, UNUSED } from './lease.js'
import type { Bid } from './room-waiter.js'
import { isStillRight } from './still-right.js'
import { wait } from './wait.js'

/** So many of those who waited for the same endpoint do not come back in the same instant: 10 %. */
const SPREAD = 0.1
const NOBODY: readonly LiveEndpoint[] = []
const NOTHING: readonly AttemptRecord[] = []

/**
 * One call from beginning to end: the order of things, and no algorithm. A first attempt that succeeds,
 * which is nearly all of them, tells the caller directly; everything else takes its time.
 */
export class Exchange<T> implements AttemptOwner<T> {
  readonly #desk: Desk
  readonly #call: Call<T>
  /** Where attempts came to nothing, and how: most calls have none. */
  #tried: readonly LiveEndpoint[] = NOBODY
  #records: readonly AttemptRecord[] = NOTHING
  #deadline = 0
  #resolve!: (result: T) => void
  #reject!: (error: unknown) => void

  constructor(desk: Desk, call: Call<T>) {
    this.#desk = desk
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
    this.#desk.leave()
  }

  /** The first attempt came to nothing. */
  failed(error: unknown): void {
    const end = error instanceof AttemptFailure ? this.#retry(error) : Promise.reject(this.#ended(error))
    end.then(
      (result) => this.succeeded(result),
      (reason) => {
        this.#reject(reason)
        this.#desk.leave()
      },
    )
  }

  record(record: AttemptRecord, endpoint: LiveEndpoint): void {
    this.#records = [...this.#records, record]
    this.#tried = [...this.#tried, endpoint]
  }

  #begin(): void {
    const { engine } = this.#desk
    this.#desk.enter()
    const { timeout } = this.#call
    engine.totals.calls++
    let lease: Lease | undefined
    try {
      this.#assertWanted()
      const now = engine.clock.now()
      this.#deadline = now + timeout.total
      engine.throttle?.admit(this.#call.what, this.#call.route.rank, now)
      if (!this.#desk.prepared) return this.#later(this.#awaitEndpoints(now).then((at) => this.#attempt(at)))
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
    const { clock } = this.#desk.engine
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
      throw this.#ended(this.#describe(error))
    }
  }

  /** Waits until there are endpoints for calls to go to; returns the time at which there are. */
  async #awaitEndpoints(now: number): Promise<number> {
    const { engine, feed } = this.#desk
    const missing = await this.#desk.prepare(this.#deadline - now, this.#call.signal)
    if (missing === undefined) return engine.clock.now()
    const trouble = feed.error === undefined ? '' : ` (${reasonOf(feed.error)})`
    const why = `${missing} within ${this.#call.timeout.total} ms${trouble}`
    throw callFailed('ERR_DEADLINE_EXCEEDED', engine.name, this.#call.what, why, this.#records, feed.error)
  }

  async #attempt(now: number): Promise<T> {
    this.#assertWanted()
    this.#desk.engine.upkeep(now)
    const lease = this.#lease(now)
    return lease === undefined ? this.#awaitLease(now) : this.#outcomeOf(lease)
  }

  /** Between a wait and what comes of it, the caller may have given up, or the balancer been closed. */
  #assertWanted(): void {
    const { signal } = this.#call
    if (signal?.aborted) throw new CallEnded(signal.reason)
    this.#desk.assertOpen()
  }

  #lease(now: number): Lease | undefined {
    const { route } = this.#call
    return this.#desk.engine.lease(now, this.#tried.length + 1, this.#tried, this.#mayFail, route)
  }

  /** Can it be sent again if its first attempt fails? */
  get #mayFail(): boolean {
    const { idempotent, replayable, retry } = this.#call
    return idempotent && replayable && retry.attempts > 1
  }

  #outcomeOf(lease: Lease): Promise<T> {
    return new Promise((succeeded, failed) => {
      this.#send(lease, { succeeded, failed, record: (...end) => this.record(...end) })
    })
  }

  #send(lease: Lease, owner: AttemptOwner<T>): void {
    const { clock, deadlines } = this.#desk.engine
    // Not before something is sent: a call that was refused is none that a retry could be a share of.
    if (lease.number === 1) this.#call.retry.budget.deposit(lease.startedAt)
    const limit = this.#call.timeout.limitAt(lease.startedAt, this.#deadline)
    new Attempt(this.#call, lease, clock, deadlines, limit, owner).run()
  }

  /** Nobody can be picked: waits for an endpoint that asked for a pause, if there is time, or for a new list. */
  async #awaitLease(start: number): Promise<T> {
    const { engine, feed } = this.#desk
    for (let now = start; ; ) {
      let lease: Lease | undefined
      if (engine.admission?.isFull(now, this.#call.route)) {
        lease = this.#confirm(await engine.admission.wait(this.#bid(), now))
      } else {
        const cooling = engine.cooling(now, this.#call.route)
        if (cooling === undefined)
          throw nobodyLeft(engine, this.#call.what, this.#records, now, this.#call.route)
        const delay = (cooling.cooldownUntil - now) * (1 + SPREAD * engine.random())
        if (delay >= this.#deadline - now) {
          lease = engine.leaseAnyway(now, this.#tried.length + 1, this.#call.route)
          if (lease !== undefined) return this.#outcomeOf(lease)
        }
        await wait(engine.clock, delay, this.#call.signal, feed.arrival)
        this.#assertWanted()
      }
      now = engine.clock.now()
      if (lease === undefined) {
        engine.upkeep(now)
        lease = this.#lease(now)
      }
      if (lease !== undefined) return this.#outcomeOf(lease)
    }
  }

  /** What it waits for room with. */
  #bid(): Bid {
    const { what, signal, route } = this.#call
    return {
      ...{ what, signal, route, records: this.#records, tried: this.#tried },
      ...{ number: this.#tried.length + 1, mayFail: this.#mayFail, deadline: this.#deadline },
    }
  }

  /** What was waited for, if it is still wanted and good: since then other calls may have ended, and changed things. */
  #confirm(lease: Lease | undefined): Lease | undefined {
    const { engine, closed } = this.#desk
    const { signal, route } = this.#call
    const gone =
      closed || signal?.aborted === true || (lease !== undefined && !isStillRight(lease, route, engine))
    if (gone) lease?.settle(UNUSED, engine.clock.now())
    this.#assertWanted()
    return gone ? undefined : lease
  }

  /** Decides on another attempt, and waits for its time to come. */
  async #again(failure: AttemptFailure<T>): Promise<boolean> {
    const { engine, closing } = this.#desk
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
    const endpoint = this.#tried.at(-1) as LiveEndpoint
    engine.totals.retries++
    engine.events.emit('retry', { endpoint, kind: outcome.kind, attempts: this.#tried.length, delay })
    if (delay > 0) await wait(engine.clock, delay, this.#call.signal, closing)
    return true
  }

  #delay(outcome: Outcome): number {
    const { engine, closed } = this.#desk
    const { retry, idempotent, replayable } = this.#call
    const now = engine.clock.now()
    engine.upkeep(now)
    const attempts = this.#tried.length
    const unsent = this.#records.reduce((sum, record) => sum + Number(record.progress === 'unsent'), 0)
    const question = {
      outcome,
      endpoint: this.#tried.at(-1)?.id ?? '',
      attempts,
      reached: attempts - unsent,
      idempotent,
      replayable: replayable && !closed,
      untriedLeft: engine.hasUntried(this.#tried, this.#call.route),
      availableIn: engine.availableIn(now, this.#call.route),
      left: this.#deadline - now,
      now,
    }
    return nextDelay(retry, question, engine.random)
  }

  /** The error that the caller sees for attempts that came to nothing. */
  #describe({ outcome: { kind, error } }: AttemptFailure<T>): BalancerError {
    const { clock, name } = this.#desk.engine
    const { what, timeout } = this.#call
    let code: BalancerErrorCode = 'ERR_ATTEMPT_FAILED'
    let why = reasonOf(error) ?? kind
    if (kind === 'timeout' || kind === 'cancelled' || kind === 'stalled') {
      // Timers of whole milliseconds fire up to one too early.
      const over = clock.now() + 1 >= this.#deadline
      code = over ? 'ERR_DEADLINE_EXCEEDED' : 'ERR_ATTEMPT_TIMEOUT'
      why = over
        ? `its total timeout of ${timeout.total} ms is over`
        : `no answer within ${timeout.attempt} ms`
    }
    return callFailed(code, name, what, why, this.#records)
  }

  /** The call is over with an error: lets go of its body, and finds what the caller is to see. */
  #ended(error: unknown): unknown {
    const reason = error instanceof CallEnded ? error.reason : error
    this.#desk.engine.totals.failures++
    this.#call.dispose(reason)
    return reason
  }
}
