import { nobodyLeft } from './call-error.js'
import type { Desk } from './desk.js'
import { type Lease, UNUSED } from './lease.js'
import type { Bid } from './room-waiter.js'
import { isStillRight } from './still-right.js'
import { wait } from './wait.js'

/** So many of those who waited for the same endpoint do not come back in the same instant: 10 %. */
const SPREAD = 0.1

/**
 * What a call does that finds nobody to go to: it waits for room, for a master, for the end of a pause that an
 * endpoint asked for, or for a new list, as long as there is a point in that. `use` is called in the instant in which
 * an endpoint was taken, before anything can change.
 *
 * @throws BalancerError that says why there is none
 */
export async function awaitLease<T>(
  desk: Desk,
  bid: Bid,
  start: number,
  use: (lease: Lease) => Promise<T>,
): Promise<T> {
  const { engine } = desk
  const { clock, masters, admission } = engine
  const { number, tried, mayFail, route } = bid
  const patient = Math.min(start + (masters?.patience ?? 0), bid.deadline)
  for (let now = start; ; now = clock.now()) {
    // Somebody who was told of something may have closed the balancer, or given the call up.
    desk.assertWanted(bid.signal)
    let lease: Lease | undefined
    if (admission?.isFull(now, route)) lease = confirm(await admission.wait(bid, now), desk, bid)
    else if (masters !== undefined && now < patient) await masterArrival(desk, bid, now, patient)
    else {
      const delay = pauseOf(desk, bid, now)
      if (delay < bid.deadline - now) await wait(clock, delay, bid.signal, desk.feed.arrival)
      else return use(takeAnyway(desk, bid, now))
    }
    desk.assertWanted(bid.signal)
    if (lease !== undefined) return use(lease)
    const then = clock.now()
    engine.upkeep(then)
    lease = engine.leasing.lease(then, number, tried, mayFail, route)
    if (lease !== undefined) return use(lease)
  }
}

/** Gates whose time is up are opened by calls, such as this one. */
function masterArrival({ engine }: Desk, { signal }: Bid, now: number, patient: number): Promise<unknown> {
  const { clock, masters, gatekeeper } = engine
  const delay = Math.max(1, Math.min(patient, gatekeeper.nextUpkeep) - now)
  return masters === undefined ? Promise.resolve() : wait(clock, delay, signal, masters.arrival)
}

/** How long it takes until somebody who asked for a pause may be asked. */
function pauseOf({ engine }: Desk, { what, records, route }: Bid, now: number): number {
  const cooling = engine.leasing.cooling(now, route)
  if (cooling === undefined) throw nobodyLeft(engine, what, records, now, route)
  return (cooling.cooldownUntil - now) * (1 + SPREAD * engine.random())
}

function takeAnyway({ engine }: Desk, { what, records, route, number }: Bid, now: number): Lease {
  const lease = engine.leasing.leaseAnyway(now, number, route)
  if (lease === undefined) throw nobodyLeft(engine, what, records, now, route)
  return lease
}

/** What was waited for, if it is still wanted and good: since then other calls may have ended, and changed things. */
function confirm(lease: Lease | undefined, desk: Desk, { signal, route }: Bid): Lease | undefined {
  const { engine, closed } = desk
  engine.upkeep(engine.clock.now())
  const isGood = lease === undefined || isStillRight(lease, route, engine)
  const wanted = !closed && signal?.aborted !== true
  if (!isGood || !wanted) lease?.settle(UNUSED, engine.clock.now())
  desk.assertWanted(signal)
  return isGood ? lease : undefined
}
