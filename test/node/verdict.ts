import type { Balancer, EndpointInput, HealthCheck } from 'evenkeel'
import { eventually } from '../integration/eventually.ts'
import { watchedBalancer } from '../integration/watched-balancer.ts'

/** A schedule by which one result decides, and the next one comes soon. */
export const SOON = { interval: 20, fastInterval: 20, idleInterval: 20, jitter: 0, rise: 1, fall: 1 } as const

/** The same, but one check is all that there is. */
export const ONCE = { ...SOON, interval: 60_000, fastInterval: 60_000, idleInterval: 60_000 } as const

export const checkOf = (balancer: Balancer) => balancer.snapshot().endpoints[0]?.check

/** What one check says of an endpoint, and what was wrong. */
export async function verdictOn(endpoint: EndpointInput, healthCheck: HealthCheck) {
  await using watched = watchedBalancer({ endpoints: [endpoint], healthCheck })
  await watched.balancer.ready()
  await eventually(() => checkOf(watched.balancer)?.healthy).toBeTypeOf('boolean')
  const { healthy, error = '' } = checkOf(watched.balancer) ?? {}
  return { healthy, error }
}

export const WELL = { healthy: true, error: '' }
