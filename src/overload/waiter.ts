import { Expiring } from '../runtime/deadlines.js'
import type { Rank } from './call-priority.js'

/** Somebody in a {@link WaitQueue}. */
export abstract class Waiter extends Expiring {
  readonly rank: Rank
  /** Those with the same wait for the same endpoints. */
  readonly lane: object | undefined
  /** When it joined. Written by the queue. */
  since = 0
  /** Its place among all who ever joined. Written by the queue; 0 for one who is not in it. */
  order = 0
  /** Written by the queue. */
  ahead: Waiter | undefined
  /** Written by the queue. */
  behind: Waiter | undefined

  constructor(rank: Rank, lane: object | undefined) {
    super()
    this.rank = rank
    this.lane = lane
  }

  /** Had to make room for another; is in the queue no more. */
  abstract displaced(): void
}

/** Waiters in the order in which they came, any of whom may leave. */
export class WaitList {
  first: Waiter | undefined
  last: Waiter | undefined

  push(waiter: Waiter): void {
    const { last } = this
    waiter.ahead = last
    if (last === undefined) this.first = waiter
    else last.behind = waiter
    this.last = waiter
  }

  remove(waiter: Waiter): void {
    const { ahead, behind } = waiter
    if (ahead === undefined) this.first = behind
    else ahead.behind = behind
    if (behind === undefined) this.last = ahead
    else behind.ahead = ahead
    waiter.ahead = undefined
    waiter.behind = undefined
  }
}
