import { BalancerError } from '../core/errors.js'
import { CallEnded } from './attempt.js'
import type { EndpointFeed } from './endpoint-feed.js'
import type { Engine } from './engine.js'
import { Waiters, wait } from './wait.js'

/** As long as a timer can be set for: 24 days. */
const LONG = 2 ** 31 - 1

/** What all calls of a balancer share, and the door that closes behind them. */
export class Desk {
  readonly engine: Engine
  readonly feed: EndpointFeed
  /** Woken, with an error, when the balancer is closed. */
  readonly closing = new Waiters()
  readonly #idle = new Waiters()
  #closed = false
  #active = 0

  constructor(engine: Engine, feed: EndpointFeed) {
    this.engine = engine
    this.feed = feed
  }

  get closed(): boolean {
    return this.#closed
  }

  /** @throws BalancerError `ERR_CLOSED` */
  assertOpen(): void {
    if (this.#closed) throw this.#closedError()
  }

  /**
   * Between a wait and what comes of it, the caller may have given up, or the balancer been closed.
   * @throws CallEnded
   */
  assertWanted(signal: AbortSignal | undefined): void {
    if (signal?.aborted) throw new CallEnded(signal.reason)
    this.assertOpen()
  }

  /** Are there endpoints that calls may go to? */
  get prepared(): boolean {
    return this.feed.arrived && !this.engine.checks?.holds && !this.engine.tracking?.holds
  }

  /**
   * Begins what finds endpoints and looks at them, and waits up to `limit` ms until there are some that calls
   * may go to. Says what has not come by then.
   */
  async prepare(limit: number, signal: AbortSignal | undefined): Promise<string | undefined> {
    const { feed, engine } = this
    const { clock, firstChecks } = engine
    feed.start()
    engine.checks?.start()
    engine.tracking?.start()
    if (this.prepared) return undefined
    const end = clock.now() + limit
    // Again, since a list may come, or change, whose endpoints have to be looked at.
    while (!this.prepared) {
      const left = end - clock.now()
      // Checks keep no process alive, but somebody who waits for them does, also without a limit.
      const came = feed.arrived
        ? await wait(clock, Math.min(left, LONG), signal, firstChecks)
        : await wait(clock, left, signal, feed.arrival)
      if (!came)
        return feed.arrived ? 'no health check ended' : `discovery '${feed.source}' gave no endpoints`
    }
    return undefined
  }

  /**
   * Waits for something that need not come to an end: no longer than the caller, and the balancer, want it.
   * @throws CallEnded
   */
  async await(thing: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
    const settled = new Waiters()
    const wake = (error?: unknown) => settled.wake(error)
    thing.then(() => wake(), wake)
    const forget = this.closing.add(wake)
    try {
      await wait(this.engine.clock, Number.POSITIVE_INFINITY, signal, settled)
    } finally {
      forget()
    }
  }

  enter(): void {
    this.#active++
  }

  leave(): void {
    this.#active--
    if (this.#active === 0) this.#idle.wake()
  }

  /** No new calls; pauses between attempts end at once; attempts under way go on to their end. */
  async close(): Promise<void> {
    this.#closed = true
    const error = this.#closedError()
    this.closing.wake(error)
    this.engine.firstChecks.wake(error)
    this.engine.masters?.arrival.wake(error)
    this.engine.admission?.close(error)
    await this.feed.close(error)
    if (this.#active > 0) await new Promise<void>((resolve) => this.#idle.add(() => resolve()))
  }

  #closedError(): BalancerError {
    const { name } = this.engine
    return new BalancerError('ERR_CLOSED', `The balancer '${name}' is closed.`, { balancer: name })
  }
}
