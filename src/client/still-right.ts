import { Gate } from '../core/endpoint.js'
import type { Engine } from './engine.js'
import type { Lease } from './lease.js'
import type { Route } from './route.js'

/**
 * Is an endpoint that was taken a moment ago still the right one? If not another would be taken now, so that two who
 * find theirs wrong cannot hand them to each other for ever.
 */
export function isStillRight(lease: Lease, route: Route, { endpoints, selector }: Engine): boolean {
  if (lease.stale) return false
  const { gates } = lease.endpoint
  if (lease.trial || (gates & (Gate.UNHEALTHY | Gate.EJECTED)) === 0) return true
  const { pool = endpoints.whole, fallback } = route
  if (gates & Gate.UNHEALTHY)
    return !selector.canPick(pool) && (fallback === undefined || !selector.canPick(fallback))
  selector.refresh()
  return endpoints.tablesOf(lease.endpoint).some(({ panic }) => panic)
}
