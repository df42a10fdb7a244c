import { BalancerError } from '../core/errors.js'
import type { EndpointFeed } from './endpoint-feed.js'
import type { Engine } from './engine.js'
import { Waiters } from './wait.js'

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
    await this.feed.close(error)
    if (this.#active > 0) await new Promise<void>((resolve) => this.#idle.add(() => resolve()))
  }

  #closedError(): BalancerError {
    const { name } = this.engine
    return new BalancerError('ERR_CLOSED', `The balancer '${name}' is closed.`, { balancer: name })
  }
}
