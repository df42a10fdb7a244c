import type { Deadlines } from '../runtime/deadlines.js'
import { RANKS, type Rank } from './call-priority.js'
import type { QueueSettings } from './concurrency-options.js'
import { type Waiter, WaitList } from './waiter.js'

/** Under pressure those that come wait this share of the timeout: Facebook's 5 ms of 100. */
const HURRY = 1 / 20

/** Those who wait for the same endpoints, by rank. */
class Lane {
  readonly lists: readonly WaitList[] = Array.from({ length: RANKS }, () => new WaitList())
  size = 0
  /** The round of serving in which there was found to be nothing for them. */
  shutIn = -1
}

/**
 * Who waits for room, and who is next: the more important first; in each lane apart, so that those whose endpoints
 * are full hold up nobody else.
 */
export class WaitQueue {
  readonly settings: QueueSettings
  readonly #deadlines: Deadlines
  readonly #lanes = new Map<object | undefined, Lane>()
  #arrivals = 0
  #round = 0
  /** For each rank: how many there are of it and of more important ones, and since when there have been some. */
  readonly #sizes = new Array<number>(RANKS).fill(0)
  readonly #busySince = new Array<number>(RANKS).fill(Number.NaN)

  constructor(settings: QueueSettings, deadlines: Deadlines) {
    this.settings = settings
    this.#deadlines = deadlines
  }

  get size(): number {
    return this.#sizes[RANKS - 1] as number
  }

  /**
   * Has it been too long since nobody waited, of this rank or a more important one? Then who has just come is
   * next, and none waits for long. The lesser ones are not asked: they are not in the way.
   */
  isPressed(now: number, rank: Rank = RANKS - 1): boolean {
    const { order, timeout } = this.settings
    return order === 'adaptive' && this.#sizes[rank]! > 0 && now - this.#busySince[rank]! >= timeout
  }

  /** Is there room for somebody of this rank, or anybody who would have to make room? */
  admits(rank: Rank, now: number): boolean {
    return this.size < this.settings.size || this.#loser(rank, now) !== undefined
  }

  /** Takes somebody in, for `left` ms at the most; false if there is no room. */
  join(waiter: Waiter, left: number, now: number): boolean {
    const { size, timeout } = this.settings
    const loser = this.size >= size ? this.#loser(waiter.rank, now) : undefined
    if (this.size >= size && loser === undefined) return false
    const { rank } = waiter
    const allowance = this.isPressed(now, rank) ? timeout * HURRY : timeout
    for (let r = rank; r < RANKS; r++) if (this.#sizes[r]!++ === 0) this.#busySince[r] = now
    if (loser !== undefined) this.leave(loser)
    const lane = this.#lane(waiter.lane)
    lane.lists[rank]!.push(waiter)
    lane.size++
    waiter.since = now
    waiter.order = ++this.#arrivals
    this.#deadlines.join(waiter, now, Math.min(allowance, left))
    // Last, since whoever is told may call again.
    loser?.displaced()
    return true
  }

  /** False if it had left before. */
  leave(waiter: Waiter): boolean {
    if (waiter.order === 0) return false
    waiter.order = 0
    this.#deadlines.leave(waiter)
    const lane = this.#lane(waiter.lane)
    lane.lists[waiter.rank]!.remove(waiter)
    for (let r = waiter.rank; r < RANKS; r++) this.#sizes[r]!--
    if (--lane.size === 0) this.#lanes.delete(waiter.lane)
    return true
  }

  /** All lanes are worth looking at again. */
  reopen(): void {
    this.#round++
  }

  /** There is nothing now for those of a lane. */
  shut(lane: object | undefined): void {
    const known = this.#lanes.get(lane)
    if (known !== undefined) known.shutIn = this.#round
  }

  /** Who is next, of those in lanes that are not shut. */
  next(now: number): Waiter | undefined {
    for (let rank = 0; rank < RANKS; rank++) {
      const newest = this.#newestFirst(now, rank)
      let best: Waiter | undefined
      for (const { lists, shutIn } of this.#lanes.values()) {
        const list = lists[rank]
        const candidate = newest ? list?.last : list?.first
        if (shutIn === this.#round || candidate === undefined) continue
        if (best === undefined || isBefore(candidate, best, newest)) best = candidate
      }
      if (best !== undefined) return best
    }
    return undefined
  }

  /** Since when the one has waited that has waited longest. */
  get oldestSince(): number | undefined {
    let oldest: number | undefined
    for (const { lists } of this.#lanes.values()) {
      for (const { first } of lists) {
        if (first !== undefined && (oldest === undefined || first.since < oldest)) oldest = first.since
      }
    }
    return oldest
  }

  /** Everybody, to be sent away. */
  *all(): IterableIterator<Waiter> {
    for (const { lists } of this.#lanes.values())
      for (const { first } of lists) for (let w = first; w !== undefined; w = w.behind) yield w
  }

  #newestFirst(now: number, rank: Rank): boolean {
    return this.settings.order === 'lifo' || this.isPressed(now, rank)
  }

  /**
   * Who makes room: of the least important the one that would be served last. One who comes is only served
   * before its equals where the newest are first.
   */
  #loser(rank: Rank, now: number): Waiter | undefined {
    for (let lowest = RANKS - 1; lowest >= rank; lowest--) {
      const newest = this.#newestFirst(now, lowest)
      if (lowest === rank && !newest) return undefined
      let loser: Waiter | undefined
      for (const { lists } of this.#lanes.values()) {
        const candidate = newest ? lists[lowest]?.first : lists[lowest]?.last
        if (candidate !== undefined && (loser === undefined || isBefore(loser, candidate, newest)))
          loser = candidate
      }
      if (loser !== undefined) return loser
    }
    return undefined
  }

  #lane(key: object | undefined): Lane {
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = new Lane()
      this.#lanes.set(key, lane)
    }
    return lane
  }
}

/** Is one served before the other, of the same rank? */
function isBefore(one: Waiter, other: Waiter, newest: boolean): boolean {
  return newest ? one.order > other.order : one.order < other.order
}
