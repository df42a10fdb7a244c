import { Gate } from '../core/endpoint.js'
import type { Engine } from './engine.js'
import type { Lease } from './lease.js'
import type { Route } from './route.js'

/** In ms; nothing but a few promises comes between. */
const LONG_AGO = 100

/**
 * Is an endpoint that was taken a moment ago still the right one? If not another would be taken now, so that two who
 * find theirs wrong cannot hand them to each other for ever.
 */
export function isStillRight(lease: Lease, route: Route, engine: Engine): boolean {
  const { endpoints, selector, clock, masters } = engine
  // A process that was frozen in between has its time to reckon anew.
  if (lease.stale || clock.now() - lease.startedAt > LONG_AGO) return false
  const { pool = endpoints.whole, fallback } = route
  if (masters?.only && masters.of(pool) !== lease.endpoint) return false
  const { gates } = lease.endpoint
  if (lease.trial || (gates & (Gate.UNHEALTHY | Gate.EJECTED)) === 0) return true
  if (gates & Gate.UNHEALTHY)
    return !selector.canPick(pool) && (fallback === undefined || !selector.canPick(fallback))
  selector.refresh()
  return endpoints.tablesOf(lease.endpoint).some(({ panic }) => panic)
}
