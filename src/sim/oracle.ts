import type { Endpoint } from '../core/endpoint.js'
import { below } from '../core/random.js'
import type { PickContext, Policy, PolicyView } from '../policies/policy.js'
import type { Server } from './server.js'

/**
 * Joins the shortest expected delay, knowing every queue, every speed and everything that is broken.
 * No client can know that; what is left of the distance to it is what a policy can still gain.
 */
export class Oracle implements Policy {
  readonly name = 'oracle'
  readonly #servers: ReadonlyMap<string, Server>

  constructor(servers: ReadonlyMap<string, Server>) {
    this.#servers = servers
  }

  pick(view: PolicyView, { random, tried }: PickContext): Endpoint | undefined {
    let best: Endpoint | undefined
    let least = Number.POSITIVE_INFINITY
    // From a random place, so that ties are not always won by the same one.
    const start = below(random, view.size)
    for (let i = 0; i < view.size; i++) {
      const endpoint = view.at((start + i) % view.size)
      const delay = expectedDelay(this.#servers.get(endpoint.id) as Server)
      if (delay >= least || (tried.length > 0 && tried.includes(endpoint))) continue
      least = delay
      best = endpoint
    }
    return best
  }
}

/** How long one more request would take: a turn in the queue for each `slots` requests before it, and its own. */
function expectedDelay({ group, state, status, slowdown, inside, underway }: Server): number {
  if (state !== 'up' || status !== 0) return Number.POSITIVE_INFINITY
  const { slots, service, errorRate } = group
  const ahead = Math.max(0, inside + underway - slots + 1)
  return (service.mean * slowdown * (1 + ahead / slots)) / Math.max(1e-9, 1 - errorRate)
}
