import type { FailoverRules } from '../policies/failover-policy.js'
import type { Policy } from '../policies/policy.js'
import type { MasterParts } from './master-parts.js'
import type { Masters } from './masters.js'
import type { Tracking } from './tracking.js'

/**
 * A policy that keeps a master, and brings along what goes with that: bundles of those who have no such policy
 * do without it.
 */
export interface MasterPolicy extends Policy {
  readonly rules: FailoverRules
  keepMasters(parts: MasterParts): { readonly masters: Masters; readonly tracking: Tracking | undefined }
}

export function keepsMaster(policy: Policy): policy is MasterPolicy {
  return 'keepMasters' in policy && typeof policy.keepMasters === 'function'
}
