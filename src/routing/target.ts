import type { Pool } from '../core/pool.js'
import type { MirrorTarget } from './mirror-target.js'
import { describeSubset, type SubsetRule } from './subset.js'

/** Somewhere that calls are sent to, and what is counted of them. */
export interface Target {
  /** Its rule; `undefined` when the call itself asked for the subset. */
  readonly route: string | undefined
  readonly subset: SubsetRule
  readonly pool: Pool
  /** Where its calls go while nobody in the pool is eligible; `undefined` for nowhere. */
  readonly fallback: Pool | undefined
  readonly mirror: MirrorTarget | undefined
  /** Calls that were sent here. */
  calls: number
  /** Attempts of theirs that went to the fallback. */
  fallbacks: number
  /** Does the fallback stand in now? */
  falling: boolean
}

/** One of the subsets of a rule, whose pool stays for good. */
export class RuleTarget implements Target {
  readonly route: string
  readonly subset: SubsetRule
  readonly weight: number
  readonly pool: Pool
  readonly fallback: Pool | undefined
  readonly mirror: MirrorTarget | undefined
  calls = 0
  fallbacks = 0
  falling = false

  constructor(
    route: string,
    { subset, weight }: { subset: SubsetRule; weight: number },
    pool: Pool,
    fallback: Pool | undefined,
    mirror: MirrorTarget | undefined,
  ) {
    this.route = route
    this.subset = subset
    this.weight = weight
    this.pool = pool
    this.fallback = fallback
    this.mirror = mirror
  }

  /** What its share is reckoned by. */
  get id(): string {
    return this.subset.key
  }
}

/** A subset that a call asked for. Its pool may be let go of while the call is under way, and is made again. */
export class CallTarget implements Target {
  readonly route = undefined
  readonly subset: SubsetRule
  readonly fallback = undefined
  readonly mirror = undefined
  calls = 0
  fallbacks = 0
  falling = false
  readonly #poolOf: (subset: SubsetRule) => Pool

  constructor(subset: SubsetRule, poolOf: (subset: SubsetRule) => Pool) {
    this.subset = subset
    this.#poolOf = poolOf
  }

  get pool(): Pool {
    return this.#poolOf(this.subset)
  }
}

/** For messages. */
export function describeTarget({ route, subset }: Target): string {
  return `subset ${describeSubset(subset)}${route === undefined ? '' : ` (route '${route}')`}`
}
