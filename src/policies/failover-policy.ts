import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { type MasterRules, Mastership, outranks } from './mastership.js'
import type { PickContext, Policy } from './policy.js'

/** How a master is chosen, and who else may be called. */
export interface FailoverRules extends MasterRules {
  /** Do retries stay with the master too? */
  readonly masterOnly: boolean
}

/** One endpoint for all calls, the master; retries may go to the others, by rank. */
export class FailoverPolicy implements Policy {
  readonly name = 'failover'
  readonly spansPriorities = true
  readonly rules: FailoverRules
  readonly mastership: Mastership

  constructor(rules: FailoverRules) {
    this.rules = rules
    this.mastership = new Mastership(rules)
  }

  pick(view: EndpointTable, { now, tried }: PickContext): LiveEndpoint | undefined {
    const master = this.mastership.masterOf(view, now)
    // It may be full.
    if (master !== undefined && view.has(master) && !tried.includes(master)) return master
    if (this.rules.masterOnly) return master !== undefined && view.has(master) ? master : undefined
    return firstOf(view, tried)
  }

  fork(): Policy {
    return new FailoverPolicy(this.rules)
  }
}

/** For a retry, or when nobody can be master and those are used that are ejected. */
function firstOf(view: EndpointTable, tried: readonly unknown[]): LiveEndpoint | undefined {
  let first: LiveEndpoint | undefined
  for (let i = 0; i < view.size; i++) {
    const endpoint = view.at(i)
    if (tried.includes(endpoint) || (first !== undefined && outranks(first, endpoint))) continue
    first = endpoint
  }
  return first
}
