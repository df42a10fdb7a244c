import { Gate, isWell, type LiveEndpoint } from '../core/endpoint.js'
import type { EndpointSet } from '../core/endpoint-set.js'
import type { RedundancySettings } from '../health/redundancy-options.js'
import { Fleet, type Unit } from '../health/standing.js'

const UNUSED = Gate.WEIGHT | Gate.OUTSIDE | Gate.REMOVED

/**
 * What an endpoint that is up can carry now, in units of weight: while it warms up, or when this process uses
 * only a part of it, less than its whole weight.
 */
export function capacityOf(endpoint: LiveEndpoint): number {
  return endpoint.effectiveWeight
}

/** The endpoints of a balancer as the redundancy rule sees them. Up is who has no gate in front of it. */
export function fleetOf(endpoints: EndpointSet, { dedicated, unit }: RedundancySettings): Fleet {
  const units: Unit[] = []
  let first = Number.POSITIVE_INFINITY
  let size = 0
  let members = 0
  for (const endpoint of endpoints.all()) {
    if (endpoint.gates & UNUSED) continue
    first = Math.min(first, endpoint.priority)
    size += endpoint.weight * endpoint.share
    members++
    if (isWell(endpoint)) units.push({ id: endpoint.id, zone: endpoint.zone, capacity: capacityOf(endpoint) })
  }
  return new Fleet(
    units,
    members === 0 ? unit : size / members,
    dedicated ? limitsOf(endpoints, first) : undefined,
  )
}

/** What each zone has of its own, when all of that is up: the endpoints of the first priority. */
function limitsOf(endpoints: EndpointSet, first: number): ReadonlyMap<string | undefined, number> {
  const limits = new Map<string | undefined, number>()
  for (const { gates, priority, zone, weight, share } of endpoints.all())
    if ((gates & UNUSED) === 0 && priority === first)
      limits.set(zone, (limits.get(zone) ?? 0) + weight * share)
  return limits
}
