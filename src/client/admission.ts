import { Gate, type LiveEndpoint, Trial } from '../core/endpoint.js'
import type { BalancerError } from '../core/errors.js'
import type { Outcome } from '../core/outcome.js'
import type { Pool } from '../core/pool.js'
import type { Random } from '../core/random.js'
import { type Rank, SHEDDABLE } from '../overload/call-priority.js'
import type { ConcurrencySettings } from '../overload/concurrency-options.js'
import { EndpointLimits } from '../overload/endpoint-limits.js'
import { WaitQueue } from '../overload/wait-queue.js'
import type { ServiceCircuit } from '../resilience/service-circuit.js'
import type { Clock } from '../runtime/clock.js'
import { Deadlines } from '../runtime/deadlines.js'
import { Alarm } from './alarm.js'
import { CallEnded } from './attempt.js'
import { type ConcurrencySnapshot, concurrencySnapshot } from './concurrency-snapshot.js'
import { whyRefused } from './full-words.js'
import type { Gatekeeper } from './gatekeeper.js'
import { type Lease, UNUSED } from './lease.js'
import type { Masters } from './masters.js'
import { type Refusal, type Refuser, refuse } from './rejection.js'
import { type Bid, RoomWaiter } from './room-waiter.js'
import type { Route } from './route.js'

/** Sheddable calls begin while less than this share of the limits is used: the rest is kept for the others. */
const SHEDDABLE_SHARE = 0.75

/** Who hands out endpoints. */
export interface Host extends Refuser {
  readonly clock: Clock
  readonly random: Random
  readonly gatekeeper: Gatekeeper
  readonly serviceCircuit: ServiceCircuit | undefined
  readonly masters: Masters | undefined
  readonly leasing: {
    lease(
      now: number,
      number: number,
      tried: readonly LiveEndpoint[],
      mayFail: boolean,
      route: Route,
    ): Lease | undefined
  }
  upkeep(now: number): void
}

/**
 * How many attempts may be under way, and who waits for one of them to end. Room is handed on in the instant in
 * which it comes about, so nobody who comes later finds it before those who wait.
 */
export class Admission {
  readonly #host: Host
  readonly #settings: ConcurrencySettings
  readonly #limits: EndpointLimits
  readonly #deadlines: Deadlines
  readonly #queue: WaitQueue | undefined
  readonly #alarm: Alarm
  #serving = false

  constructor(host: Host, settings: ConcurrencySettings) {
    this.#host = host
    this.#settings = settings
    this.#limits = new EndpointLimits(host.endpoints, settings.maxPerEndpoint, host.random)
    this.#deadlines = new Deadlines(host.clock)
    this.#queue = settings.queue && new WaitQueue(settings.queue, this.#deadlines)
    this.#alarm = new Alarm(this.#deadlines, () => {
      host.upkeep(host.clock.now())
      this.#watch()
    })
  }

  /** May another attempt for a call of this rank begin, if there is an endpoint? */
  admits(rank: Rank, now: number): boolean {
    const { inFlight } = this.#host.endpoints
    if (inFlight >= this.#settings.maxTotal) return false
    return rank < SHEDDABLE || inFlight < this.#sheddable(now)
  }

  /** Is it for lack of room that there is no endpoint to be had? */
  isFull(now: number, { rank, pool = this.#host.endpoints.whole, fallback }: Route): boolean {
    if (this.#host.serviceCircuit?.allows(now) === false) return false
    const inAll = !this.admits(rank, now)
    return this.#lacksRoom(pool, inAll) || (fallback !== undefined && this.#lacksRoom(fallback, inAll))
  }

  /** Could a call wait for room? */
  canWait(rank: Rank, now: number): boolean {
    return this.#queue?.admits(rank, now) === true
  }

  /**
   * Waits for room: for an endpoint, or for it to turn out that there is none for another reason.
   * @throws BalancerError `ERR_CONCURRENCY_LIMIT`, `ERR_DEADLINE_EXCEEDED`
   */
  wait(bid: Bid, now: number): Promise<Lease | undefined> {
    return new Promise((resolve, reject) => {
      const queue = this.#queue
      if (queue === undefined) return reject(this.refuse('limit', bid, now))
      const waiter = new RoomWaiter(bid, this, resolve, reject)
      if (!queue.join(waiter, bid.deadline - now, now)) return waiter.fail(this.refuse('limit', bid, now))
      this.#host.totals.queued++
      this.#watch()
    })
  }

  /** An attempt has ended, and its place is free already. */
  settled(endpoint: LiveEndpoint, outcome: Outcome, now: number): void {
    this.#limits.observe(endpoint, outcome, now)
    this.serve(now)
  }

  /** There may be room, or nothing to wait for any more: lets go on who is next. */
  serve(now: number): void {
    const queue = this.#queue
    if (queue === undefined || queue.size === 0) return
    queue.reopen()
    // By a listener, of something that serving has caused: that goes on with it.
    if (this.#serving) return
    this.#serving = true
    try {
      for (let next = queue.next(now); next !== undefined; next = queue.next(now))
        this.#serve(next as RoomWaiter, queue, now)
    } finally {
      this.#serving = false
    }
    this.#watch()
  }

  #serve(waiter: RoomWaiter, queue: WaitQueue, now: number): void {
    const { number, tried, mayFail, route } = waiter.bid
    let lease: Lease | undefined
    try {
      lease = this.#host.leasing.lease(now, number, tried, mayFail, route)
    } catch (error) {
      // A policy that threw.
      if (queue.leave(waiter)) waiter.fail(error)
      return
    }
    if (lease === undefined && this.isFull(now, route)) return queue.shut(waiter.lane)
    if (queue.leave(waiter)) return waiter.serve(lease)
    // Its caller has given up just now.
    lease?.settle(UNUSED, now)
  }

  /** A waiter goes; false if it had gone before. */
  left(waiter: RoomWaiter): boolean {
    const left = this.#queue?.leave(waiter) === true
    this.#watch()
    return left
  }

  refuseWaiter(waiter: RoomWaiter, reason: 'timeout' | 'displaced'): BalancerError {
    const { bid, since } = waiter
    const now = this.#host.clock.now()
    // Timers of whole milliseconds fire up to one too early.
    return this.refuse(reason === 'timeout' && now + 1 >= bid.deadline ? 'deadline' : reason, bid, now, since)
  }

  /** Refuses a call that has waited since then. */
  refuse(
    reason: Exclude<Refusal['reason'], 'throttled'>,
    { what, route, records }: Pick<Bid, 'what' | 'route' | 'records'>,
    now: number,
    since = now,
  ): BalancerError {
    const waited = now - since
    const { rank } = route
    const fullness = {
      inFlight: this.#host.endpoints.inFlight,
      maxTotal: this.#settings.maxTotal,
      sheddable: rank >= SHEDDABLE ? this.#sheddable(now) : undefined,
      queue: this.#queue?.settings,
      queued: this.#queue?.size ?? 0,
    }
    const why = whyRefused(reason, fullness, waited)
    const limit = this.#capacity(now)
    return refuse(this.#host, {
      ...{ reason, rank, what, why, attempts: records, waited, chance: undefined },
      queued: fullness.queued,
      limit: limit === Number.POSITIVE_INFINITY ? undefined : limit,
    })
  }

  /** Nobody waits any more. */
  close(error: unknown): void {
    for (const waiter of [...(this.#queue?.all() ?? [])] as RoomWaiter[]) {
      if (this.left(waiter)) waiter.fail(new CallEnded(error))
    }
    this.#deadlines.close()
  }

  snapshot(now: number): ConcurrencySnapshot {
    return concurrencySnapshot(this.#host.endpoints.inFlight, this.#capacity(now), this.#queue, now)
  }

  #capacity(now: number): number {
    return Math.min(this.#settings.maxTotal, this.#limits.sum(now))
  }

  #sheddable(now: number): number {
    return Math.max(1, Math.ceil(SHEDDABLE_SHARE * this.#capacity(now)))
  }

  /** Is there somebody in a pool who would do if there were room, there or in all? */
  #lacksRoom(pool: Pool, inAll: boolean): boolean {
    const { masters } = this.#host
    if (masters?.only) {
      const master = masters.of(pool)
      return master !== undefined && (inAll || (master.gates & Gate.FULL) !== 0)
    }
    if (pool.healthy) return inAll || !pool.free
    for (const endpoint of this.#host.endpoints.all()) {
      const { gates, trial } = endpoint
      const would = (gates & NEVER) === 0 || (inAll && trial === Trial.DUE)
      if (would && (inAll || gates & Gate.FULL) && pool.accepts(endpoint)) return true
    }
    return false
  }

  /** Waiters have to hear of gates that open by time, of which nobody else tells while there are no calls. */
  #watch(): void {
    const { gatekeeper, clock } = this.#host
    const waits = this.#queue !== undefined && this.#queue.size > 0
    this.#alarm.set(waits ? gatekeeper.nextUpkeep : Number.POSITIVE_INFINITY, () => clock.now())
  }
}

/** Whoever has one of these gets no call when one of its calls ends. */
const NEVER = Gate.WEIGHT | Gate.REMOVED | Gate.OUTSIDE | Gate.CIRCUIT | Gate.FAULT
