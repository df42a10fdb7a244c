import type { EndpointSet } from '../core/endpoint-set.js'
import type { Random } from '../core/random.js'
import type { RequestView } from '../transport/request-view.js'
import type { Matcher } from './match.js'
import { MirrorTarget } from './mirror-target.js'
import { RequestFacts } from './request-facts.js'
import type { RuleSettings } from './rule.js'
import { Split } from './split.js'
import { checkSubset, subsetKey } from './subset.js'
import { SubsetPools } from './subset-pools.js'
import { RuleTarget, type Target } from './target.js'

/** A rule at work. */
export interface Rule {
  readonly name: string
  readonly matches: Matcher | undefined
  readonly targets: readonly RuleTarget[]
  readonly split: Split<RuleTarget>
  readonly mirror: MirrorTarget | undefined
}

/** Decides where a call goes: by what it asks for itself, else by the first rule that it matches. */
export class Router {
  readonly rules: readonly Rule[]
  readonly pools: SubsetPools
  readonly #random: Random

  constructor(endpoints: EndpointSet, rules: readonly RuleSettings[], random: Random) {
    this.pools = new SubsetPools(endpoints)
    this.rules = rules.map((rule) => this.#rule(rule))
    this.#random = random
  }

  /**
   * `undefined`: anywhere. Without a request only rules for all calls apply.
   * @throws what the function of a rule throws; BalancerError `ERR_INVALID_CONFIG` for what it should not return
   */
  choose(request: RequestView | undefined, key: string | undefined): Target | undefined {
    const facts = request && new RequestFacts(request)
    for (const { matches, split } of this.rules) {
      if (matches !== undefined && (facts === undefined || !matches(facts))) continue
      const target = split.choose(key, this.#random)
      target.calls++
      return target
    }
    return undefined
  }

  /** Where a call goes that asks for a subset itself. @throws BalancerError `ERR_INVALID_CONFIG` */
  subset(given: unknown, path: string): Target {
    // Most often it is one that is known.
    const target = this.pools.known(subsetKey(given, path)) ?? this.pools.targetOf(checkSubset(given, path))
    target.calls++
    return target
  }

  #rule({ name, matches, targets, fallback, mirror }: RuleSettings): Rule {
    const substitute = fallback && this.pools.pin(fallback)
    const copies = mirror && new MirrorTarget(name, mirror, this.pools.pin(mirror.subset))
    const parts = targets.map(
      (target) => new RuleTarget(name, target, this.pools.pin(target.subset), substitute, copies),
    )
    const split = new Split(parts.filter(({ weight }) => weight > 0))
    return { name, matches, targets: parts, split, mirror: copies }
  }
}
