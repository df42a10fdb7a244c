import type { LiveEndpoint } from '../core/endpoint.js'
import type { Outcome } from '../core/outcome.js'
import { reportUncaught } from '../core/uncaught.js'
import type { AttemptFailure } from '../resilience/retry-loop.js'
import { Expiring } from '../runtime/deadlines.js'
import { type Attempt, type AttemptOwner, CallEnded } from './attempt.js'
import type { Desk } from './desk.js'

/** A trial that was overtaken is waited for that much longer, in ms: a server that has just started is slow. */
const TRIAL_GRACE = 1_000

/** Why there is more than one attempt at a time. */
export type HedgeReason = 'slow' | 'trial' | 'silent'

/** The call that a race is run for. */
export interface RaceHost<T> {
  readonly desk: Desk
  /** An attempt at an endpoint other than these, not begun yet; `undefined`: there is none to be had. */
  another(running: readonly LiveEndpoint[]): Attempt<T> | undefined
  /** An attempt in the place of one that failed, not begun yet; `undefined`: it is not to be tried again now. */
  replacement(outcome: Outcome, running: readonly LiveEndpoint[]): Attempt<T> | undefined
  /** That one has begun. */
  replaced(outcome: Outcome): void
  /** Lets go of an answer that nobody gets. */
  discard(result: T): void
}

/**
 * Several attempts of one call at a time: the first that succeeds wins, and the others are given up. It
 * ends like the one attempt that it began with would have: its owner is told once.
 */
export class Race<T> extends Expiring {
  readonly #host: RaceHost<T>
  readonly #owner: AttemptOwner<T>
  readonly #reason: HedgeReason
  readonly #first: Attempt<T>
  #running: readonly Attempt<T>[] = []
  /** How many more attempts there may be, and how long after one another, in ms. */
  #left: number
  #delay = 0
  #failure: AttemptFailure<T> | undefined
  #isOver = false
  #isHurried = false
  #forgetClosing: (() => void) | undefined

  /** Takes over an attempt, which need not have begun yet. */
  constructor(host: RaceHost<T>, first: Attempt<T>, reason: HedgeReason, max: number) {
    super()
    this.#host = host
    this.#first = first
    this.#reason = reason
    this.#left = max
    this.#owner = this.#enter(first)
  }

  /** Sends another one along after `delay` ms, if it is not over by then. */
  wait(now: number, delay: number): void {
    this.#delay = delay
    this.#timers.join(this, now, delay)
  }

  /** What is waited for will hardly come any more: not later than in `patience` ms another one is sent along. */
  hurry(patience: number): void {
    if (this.#isOver) return
    if (patience > 0 && this.timer !== undefined) return
    // Not at once: an endpoint is found to be dead in the middle of choosing one, or before those who wait got its room.
    this.#timers.leave(this)
    this.#isHurried = patience <= 0
    this.#timers.join(this, this.#host.desk.engine.clock.now(), Math.max(0, patience))
  }

  /** The time is up: of the attempts that are running or, when the race is over, of a trial that still is. */
  expire(): void {
    if (this.#isOver) return this.#running[0]?.supersede()
    const reason = this.#isHurried ? 'silent' : this.#reason
    this.#isHurried = false
    this.#another(reason)
  }

  get #timers() {
    return this.#host.desk.engine.hedges
  }

  #enter(attempt: Attempt<T>): AttemptOwner<T> {
    this.#running = [...this.#running, attempt]
    return attempt.handOver({
      succeeded: (result) => this.#succeeded(attempt, result),
      failed: (error) => this.#failed(attempt, error),
      record: (...end) => {
        if (!this.#isOver) this.#owner.record(...end)
      },
      hurry: (_, patience) => this.hurry(patience),
    })
  }

  #another(reason: HedgeReason): void {
    const { engine } = this.#host.desk
    const [first] = this.#running
    if (this.#left === 0 || first === undefined) return
    const attempt = this.#obtain((running) => this.#host.another(running))
    if (!this.#isUsed(attempt)) return
    this.#left--
    // It was hurried meanwhile, and here is one.
    this.#timers.leave(this)
    this.#isHurried = false
    const now = engine.clock.now()
    const waited = now - first.startedAt
    engine.totals.hedges++
    this.#enter(attempt)
    if (this.#left > 0) this.wait(now, this.#delay)
    attempt.run()
    engine.events.emit('hedge', { endpoint: attempt.endpoint, instead: first.endpoint, reason, waited })
  }

  /** Is there one, and use for it? Whoever was told of something as it was obtained may have ended the call. */
  #isUsed(attempt: Attempt<T> | undefined): attempt is Attempt<T> {
    if (this.#isOver) attempt?.abandon()
    return attempt !== undefined && !this.#isOver
  }

  /** The attempts that are running go on if that throws: a policy, or the caller's `shouldRetry`. */
  #obtain(get: (running: readonly LiveEndpoint[]) => Attempt<T> | undefined): Attempt<T> | undefined {
    try {
      return get(this.#running.map(({ endpoint }) => endpoint))
    } catch (error) {
      reportUncaught(error)
      return undefined
    }
  }

  #succeeded(attempt: Attempt<T>, result: T): void {
    if (this.#isOver) {
      this.#host.discard(result)
      return this.#leave(attempt)
    }
    this.#end(attempt)
    if (attempt !== this.#first) this.#host.desk.engine.totals.hedgesWon++
    const others = this.#running
    this.#running = others.filter(({ isTrial }) => isTrial)
    // First, since whoever is told of the others may end that, too.
    if (this.#running.length > 0) this.#linger()
    for (const other of others) if (!other.isTrial) other.supersede()
    this.#drop()
    this.#owner.succeeded(result)
  }

  #failed(attempt: Attempt<T>, error: AttemptFailure<T> | CallEnded): void {
    if (this.#isOver) {
      if (!(error instanceof CallEnded)) this.#discard(error)
      return this.#leave(attempt)
    }
    if (error instanceof CallEnded) {
      this.#end(attempt)
      const others = this.#running
      this.#running = []
      for (const other of others) other.cancel(error.reason)
      this.#drop()
      return this.#owner.failed(error)
    }
    this.#running = this.#running.filter((other) => other !== attempt)
    const failure = this.#better(error)
    if (this.#running.length > 0) {
      this.#failure = failure
      return this.#replace(error)
    }
    this.#end(attempt)
    this.#owner.failed(failure)
  }

  /** One has failed and another is running: there is no need to wait for that before it is tried again. */
  #replace({ outcome }: AttemptFailure<T>): void {
    const attempt = this.#obtain((running) => this.#host.replacement(outcome, running))
    if (!this.#isUsed(attempt)) return
    this.#enter(attempt)
    attempt.run()
    this.#host.replaced(outcome)
  }

  /** Of two failures the one with an answer, since a status is better than none; else the later one. */
  #better(error: AttemptFailure<T>): AttemptFailure<T> {
    const before = this.#failure
    const isBetter = before?.outcome.progress === 'answered' && error.outcome.progress !== 'answered'
    if (isBetter) return before
    if (before !== undefined) this.#discard(before)
    return error
  }

  #end(attempt: Attempt<T>): void {
    this.#isOver = true
    this.#timers.leave(this)
    this.#running = this.#running.filter((other) => other !== attempt)
  }

  /** A trial goes on although the call has its answer: how it ends decides on its endpoint. */
  #linger(): void {
    const { desk } = this.#host
    desk.enter()
    this.#timers.join(this, desk.engine.clock.now(), TRIAL_GRACE)
    this.#forgetClosing = desk.closing.add(() => this.expire())
  }

  #leave(attempt: Attempt<T>): void {
    if (!this.#running.includes(attempt)) return
    this.#running = []
    this.#timers.leave(this)
    this.#forgetClosing?.()
    this.#host.desk.leave()
  }

  #drop(): void {
    if (this.#failure !== undefined) this.#discard(this.#failure)
    this.#failure = undefined
  }

  #discard({ outcome, result }: AttemptFailure<T>): void {
    if (outcome.progress === 'answered') this.#host.discard(result as T)
  }
}
