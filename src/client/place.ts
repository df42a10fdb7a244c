import type { Pool } from '../core/pool.js'
import type { Events } from '../telemetry/events.js'
import type { Route } from './route.js'
import type { Selector } from './selector.js'

/**
 * The pool that a call is to pick from: its own while anybody there is eligible, then the fallback while
 * anybody is eligible there, and then what panic mode has to give, its own first.
 */
export function placeOf({ target, fallback }: Route, pool: Pool, selector: Selector, events: Events): Pool {
  if (fallback === undefined || target === undefined) return pool
  const falls = !pool.healthy && (fallback.healthy || (!selector.canPick(pool) && selector.canPick(fallback)))
  if (falls !== target.falling) {
    target.falling = falls
    const event = { route: target.route ?? '', subset: target.subset.given }
    events.emit(falls ? 'fallbackstarted' : 'fallbackended', event)
  }
  return falls ? fallback : pool
}
