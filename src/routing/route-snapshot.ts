import type { MirrorSkip, MirrorTarget } from './mirror-target.js'
import type { Router } from './router.js'
import type { Subset } from './subset.js'
import type { Target } from './target.js'

/** A subset that calls are sent to, as it is now. */
export interface SubsetSnapshot {
  readonly subset: Subset
  /** Its weight among the subsets of its rule. */
  readonly weight?: number
  /** Calls that were sent there, since the balancer was made or, for one that calls ask for, since it was last kept. */
  readonly calls: number
  /** Attempts of these calls that went to the fallback instead. */
  readonly fallbacks: number
  /** Does the fallback stand in now? */
  readonly falling: boolean
  /** How many of its endpoints can be picked. */
  readonly eligible: number
  /** How many endpoints it has with a weight above 0. */
  readonly total: number
  /** Are ejections overridden there? */
  readonly panic: boolean
}

/** Shadow traffic of a rule. */
export interface MirrorSnapshot {
  readonly subset: Subset
  readonly share: number
  readonly inFlight: number
  readonly sent: number
  /** Of those sent, the ones that did not end well. */
  readonly failed: number
  /** Calls that were not copied, by reason. */
  readonly skipped: Readonly<Record<MirrorSkip, number>>
}

/** A rule, and what came of it. */
export interface RouteSnapshot {
  readonly name: string
  /** Calls that it decided. */
  readonly calls: number
  readonly to: readonly SubsetSnapshot[]
  readonly mirror?: MirrorSnapshot
}

export function routesOf({ rules }: Router): RouteSnapshot[] {
  return rules.map(({ name, targets, mirror }) => ({
    name,
    calls: targets.reduce((sum, { calls }) => sum + calls, 0),
    to: targets.map((target) => ({ ...subsetOf(target), weight: target.weight })),
    ...(mirror !== undefined && { mirror: mirrorOf(mirror) }),
  }))
}

/** The subsets that calls asked for themselves. */
export function subsetsOf({ pools }: Router): SubsetSnapshot[] {
  return pools.recent().map(subsetOf)
}

function subsetOf({ subset, pool, calls, fallbacks, falling }: Target): SubsetSnapshot {
  return {
    subset: subset.given,
    calls,
    fallbacks,
    falling: falling && !pool.healthy,
    eligible: pool.eligible,
    total: pool.weighted,
    panic: pool.tiers.some((tier) => tier.panic),
  }
}

function mirrorOf({ settings, inFlight, sent, failed, skipped }: MirrorTarget): MirrorSnapshot {
  const { subset, share } = settings
  return { subset: subset.given, share, inFlight, sent, failed, skipped: { ...skipped } }
}
