import type { Pool } from '../core/pool.js'
import type { Events } from '../telemetry/events.js'
import type { Route } from './route.js'
import type { Selector } from './selector.js'

/**
 * The pool that a call is to pick from: its own while anybody eligible there has room, then the fallback while
 * anybody has there, and then what panic mode has to give, its own first.
 */
export function placeOf({ fallback }: Route, pool: Pool, selector: Selector): Pool {
  if (fallback === undefined || pool.free) return pool
  return fallback.free || (!selector.canPick(pool) && selector.canPick(fallback)) ? fallback : pool
}

/** Does a fallback stand in for a pool where nobody is well? For one that is only full it helps out, no more. */
export function standsIn(fallback: Pool | undefined, pool: Pool, from: Pool): boolean {
  return fallback !== undefined && !pool.healthy && (from === fallback || fallback.healthy)
}

/** Tells when a fallback begins to stand in, and when it does no more. */
export function tellOfFallback({ target, fallback }: Route, falls: boolean, events: Events): void {
  if (fallback === undefined || target === undefined || falls === target.falling) return
  target.falling = falls
  const event = { route: target.route ?? '', subset: target.subset.given }
  events.emit(falls ? 'fallbackstarted' : 'fallbackended', event)
}
