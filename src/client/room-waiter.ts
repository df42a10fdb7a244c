import type { LiveEndpoint } from '../core/endpoint.js'
import type { AttemptRecord } from '../core/errors.js'
import { Waiter } from '../overload/waiter.js'
import { CallEnded } from './attempt.js'
import type { Lease } from './lease.js'
import type { Route } from './route.js'

/** What a call wants an endpoint for. */
export interface Bid {
  /** For messages, `GET /v1/me`. */
  readonly what: string
  readonly route: Route
  readonly number: number
  readonly tried: readonly LiveEndpoint[]
  readonly records: readonly AttemptRecord[]
  readonly mayFail: boolean
  readonly signal: AbortSignal | undefined
  readonly deadline: number
}

/** Who lets waiters go. */
interface Doorkeeper {
  left(waiter: RoomWaiter): boolean
  refuseWaiter(waiter: RoomWaiter, reason: 'timeout' | 'displaced'): unknown
}

/** A call that waits for room. */
export class RoomWaiter extends Waiter {
  readonly bid: Bid
  readonly #keeper: Doorkeeper
  readonly #resolve: (lease: Lease | undefined) => void
  readonly #reject: (error: unknown) => void

  constructor(
    bid: Bid,
    keeper: Doorkeeper,
    resolve: (lease: Lease | undefined) => void,
    reject: (error: unknown) => void,
  ) {
    super(bid.route.rank, bid.route.target)
    this.bid = bid
    this.#keeper = keeper
    this.#resolve = resolve
    this.#reject = reject
    bid.signal?.addEventListener('abort', this)
  }

  /** Its turn has come: with an endpoint or, when none is to be had for another reason, without. */
  serve(lease: Lease | undefined): void {
    this.#end()
    this.#resolve(lease)
  }

  fail(error: unknown): void {
    this.#end()
    this.#reject(error)
  }

  /** The caller has given up. */
  handleEvent(): void {
    if (this.#keeper.left(this)) this.fail(new CallEnded(this.bid.signal?.reason))
  }

  override expire(): void {
    if (this.#keeper.left(this)) this.fail(this.#keeper.refuseWaiter(this, 'timeout'))
  }

  override displaced(): void {
    this.fail(this.#keeper.refuseWaiter(this, 'displaced'))
  }

  #end(): void {
    this.bid.signal?.removeEventListener('abort', this)
  }
}
