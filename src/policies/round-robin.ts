import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { EdfSchedule } from './edf-schedule.js'
import type { PickContext, Policy } from './policy.js'
import { SmoothWeighted } from './smooth-weighted.js'

/** Up to here a scan is as fast as a heap, and its order is the smoother one. */
const SCAN_LIMIT = 32

class RoundRobinPolicy {
  readonly name = 'round-robin'
  readonly #smooth = new SmoothWeighted()
  readonly #schedule = new EdfSchedule()

  pick(view: EndpointTable, { random, tried }: PickContext): LiveEndpoint | undefined {
    // By the total, not by how many are healthy, so that an ejection does not change the method.
    return view.total <= SCAN_LIMIT
      ? this.#smooth.pick(view, random, tried)
      : this.#schedule.pick(view, random)
  }

  fork(): Policy {
    return roundRobin()
  }
}

/**
 * Each endpoint in its turn, as often as its weight says, spread out evenly.
 *
 * Up to 32 endpoints it is nginx's smooth weighted round robin, in nginx's order (weights 5, 1, 1:
 * `a a b a c a a`), from a random place in the cycle; O(n) a pick. Above that an earliest-deadline
 * schedule, O(log n) a pick. A change of membership or weight costs nothing in the first case and
 * O(n) at the next pick in the second; an ejection costs nothing in either.
 *
 * Source: nginx `ngx_http_upstream_round_robin`; gRPC A58 and Envoy's `EdfScheduler`.
 */
export function roundRobin(): Policy {
  return new RoundRobinPolicy()
}
