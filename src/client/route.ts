import type { Pool } from '../core/pool.js'
import { DEFAULT, type Rank } from '../overload/call-priority.js'
import type { Target } from '../routing/target.js'

/** What a call asks of selection: decided once, and the same for all of its attempts. */
export interface Route {
  /** What it is told by: the same key goes to the same endpoint, by a policy that hashes. */
  readonly key: string | undefined
  /** Where it may go; `undefined` for anywhere. */
  readonly pool: Pool | undefined
  /** Where it goes while nobody there is eligible; `undefined` for nowhere else. */
  readonly fallback: Pool | undefined
  /** Where a rule, or the call itself, sent it. */
  readonly target: Target | undefined
  /** How much it matters when not all can be served. */
  readonly rank: Rank
}

/** Any endpoint will do. */
const ANYWHERE: Route = {
  key: undefined,
  pool: undefined,
  fallback: undefined,
  target: undefined,
  rank: DEFAULT,
}

/** The pools are asked for at each use: one that only calls ask for may be let go of and made again. */
class TargetRoute implements Route {
  readonly key: string | undefined
  readonly target: Target
  readonly rank: Rank

  constructor(key: string | undefined, target: Target, rank: Rank) {
    this.key = key
    this.target = target
    this.rank = rank
  }

  get pool(): Pool {
    return this.target.pool
  }

  get fallback(): Pool | undefined {
    return this.target.fallback
  }
}

export function routeTo(target: Target | undefined, key: string | undefined, rank: Rank = DEFAULT): Route {
  if (target !== undefined) return new TargetRoute(key, target, rank)
  return key === undefined && rank === DEFAULT ? ANYWHERE : { ...ANYWHERE, key, rank }
}
