import { hash32, unitOf } from '../core/hash.js'
import type { Pool } from '../core/pool.js'
import type { Random } from '../core/random.js'
import type { MirrorSettings } from './mirror-options.js'

/** So that the users whose calls are copied are not those in a canary. */
const MIRROR_SEED = 0x165667b1

/**
 * Why a call was not copied: its body cannot be sent twice, too many copies are under way, or nobody in
 * the subset is eligible.
 */
export type MirrorSkip = 'body' | 'busy' | 'nobody'

/** Where the copies of a rule's calls go, and what is counted of them. */
export class MirrorTarget {
  readonly route: string
  readonly settings: MirrorSettings
  readonly pool: Pool
  /** Copies that are waiting to be sent or for their answer. */
  inFlight = 0
  sent = 0
  /** Of those sent, the ones that did not end well. */
  failed = 0
  readonly skipped: Record<MirrorSkip, number> = { body: 0, busy: 0, nobody: 0 }

  constructor(route: string, settings: MirrorSettings, pool: Pool) {
    this.route = route
    this.settings = settings
    this.pool = pool
  }

  /** Is a call among those that are to be copied? */
  wants(method: string, key: string | undefined, random: Random): boolean {
    const { methods, share } = this.settings
    if (!methods.has(method)) return false
    if (share === 1) return true
    return (key === undefined ? random() : unitOf(hash32(key, MIRROR_SEED))) < share
  }
}
