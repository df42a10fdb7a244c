import type { Endpoint } from '../core/endpoint.js'
import { below } from '../core/random.js'
import type { PickContext, Policy, PolicyView } from '../policies/policy.js'
import type { ChangePlan } from './check-changes.js'
import type { Plan } from './check-scenario.js'
import type { GroupPlan } from './check-servers.js'
import type { Server } from './server.js'

/**
 * Joins the shortest expected delay, knowing every queue, every speed and everything that is broken.
 * No client can know that; what is left of the distance to it is what a policy can still gain.
 */
export class Oracle implements Policy {
  readonly name = 'oracle'
  readonly #servers: ReadonlyMap<string, Server>
  /** No server is ever expected to take less. */
  readonly #shortest: number

  constructor({ groups, changes }: Plan, servers: ReadonlyMap<string, Server>) {
    this.#servers = servers
    const speedUp = changes.reduce((product, change) => product * Math.min(1, factorOf(change)), 1)
    this.#shortest = speedUp * Math.min(...groups.map((group) => expectedTime(group, group.slowdown)))
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
      // In a large fleet that has room this is nearly always soon.
      if (least <= this.#shortest) break
    }
    return best
  }
}

/** How long one more request would take: a turn in the queue for each `slots` requests before it, and its own. */
function expectedDelay({ group, state, status, slowdown, inside, underway }: Server): number {
  if (state !== 'up' || status !== 0) return Number.POSITIVE_INFINITY
  const ahead = Math.max(0, inside + underway - group.slots + 1)
  return expectedTime(group, slowdown) * (1 + ahead / group.slots)
}

/** How long a request takes that is served at once, and again as often as it fails. */
function expectedTime({ service, errorRate }: GroupPlan, slowdown: number): number {
  return (service.mean * slowdown) / Math.max(1e-9, 1 - errorRate)
}

function factorOf(change: ChangePlan): number {
  if (change.kind === 'slow' || change.kind === 'antagonist') return change.factor
  return change.kind === 'restart' || change.kind === 'join' ? (change.cold?.factor ?? 1) : 1
}
