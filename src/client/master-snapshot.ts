import type { MasterReason } from '../core/master-reason.js'

/** Who is master among some endpoints. */
export interface MasterSnapshot {
  /** Its id; missing when nobody can be, or nobody has been chosen yet. */
  readonly master?: string
  /** Why it is, or why the last one is not any more; missing before the first. */
  readonly reason?: MasterReason
  /** Since when that is so, in ms since the epoch. */
  readonly since?: number
  /** Who takes over next if nothing changes, and when: with the first call from then on. */
  readonly next?: { readonly id: string; readonly at: number }
}

/** With `failover()`: the master of all endpoints, and those of subsets that calls are sent to. */
export interface FailoverSnapshot extends MasterSnapshot {
  readonly subsets?: readonly (MasterSnapshot & { readonly subset: Readonly<Record<string, unknown>> })[]
}
