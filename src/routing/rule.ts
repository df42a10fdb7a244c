import { invalidConfig } from '../core/errors.js'
import { checkNumber, checkObject, checkText } from '../core/validate.js'
import { checkMatch, type Matcher, type RouteMatch, type RoutePredicate } from './match.js'
import { checkMirror, type MirrorOptions, type MirrorSettings } from './mirror-options.js'
import { checkSubset, type Subset, type SubsetRule } from './subset.js'

/** A subset, and its share of the calls that a rule is for. */
export interface RouteTarget {
  readonly subset: Subset
  /** Relative to the others of its list, at least 0; 0 means "none of them". Default 1. */
  readonly weight?: number
}

/** Where some calls go. The first rule that a call matches decides; a call that matches none goes anywhere. */
export interface RouteRule {
  /** For events, errors and the snapshot; unique. Default `routes[0]`, by its place. */
  readonly name?: string
  /**
   * The calls it is for: what the request has to be, or a function that says so. Default: all of them,
   * also those by `execute` and `pick`, which have no request and match nothing else.
   */
  readonly match?: RouteMatch | RoutePredicate
  /**
   * A subset, or several with their weights. With a key (`hashKey`) the choice among several is made of
   * the key and stays the same, also for those who are in a share while it grows.
   */
  readonly to: Subset | readonly RouteTarget[]
  /**
   * Where such calls go while nobody in their subset is eligible: `'any'` endpoint, `'none'` and they
   * fail, or a subset. Default: for one subset `'none'`, since it may be there for a reason; for a list
   * the subsets of the list, since its author says that each will do.
   */
  readonly fallback?: 'any' | 'none' | Subset
  /** Sends a copy of some of these calls elsewhere, and drops what comes of it. Only for `fetch`. */
  readonly mirror?: MirrorOptions
}

/** A checked share. */
export interface TargetSettings {
  readonly subset: SubsetRule
  readonly weight: number
}

/** A checked rule. */
export interface RuleSettings {
  readonly name: string
  /** `undefined`: it is for all calls. */
  readonly matches: Matcher | undefined
  readonly targets: readonly TargetSettings[]
  /** `undefined`: nowhere. */
  readonly fallback: SubsetRule | undefined
  readonly mirror: MirrorSettings | undefined
}

/** `undefined` for no rules. @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkRoutes(given: readonly RouteRule[] | undefined): readonly RuleSettings[] | undefined {
  if (given === undefined) return undefined
  if (!Array.isArray(given)) throw invalidConfig('routes', given, 'an array of rules')
  const rules = given.map((rule, index) => checkRule(rule, `routes[${index}]`))
  const names = new Set<string>()
  for (const [index, { name }] of rules.entries()) {
    if (names.has(name)) throw invalidConfig(`routes[${index}].name`, name, 'each name once')
    names.add(name)
  }
  return rules.length === 0 ? undefined : rules
}

function checkRule(given: RouteRule, path: string): RuleSettings {
  checkObject(given, path, ['name', 'match', 'to', 'fallback', 'mirror'])
  const targets = checkTargets(given.to, `${path}.to`)
  return {
    name: given.name === undefined ? path : checkText(given.name, `${path}.name`),
    matches: checkMatch(given.match, `${path}.match`),
    targets,
    fallback: checkFallback(given.fallback, `${path}.fallback`, targets),
    mirror: given.mirror === undefined ? undefined : checkMirror(given.mirror, `${path}.mirror`),
  }
}

function checkTargets(given: unknown, path: string): readonly TargetSettings[] {
  if (!Array.isArray(given)) return [{ subset: checkSubset(given, path), weight: 1 }]
  const targets = given.map((target, index) => checkTarget(target, `${path}[${index}]`))
  if (!targets.some(({ weight }) => weight > 0)) {
    throw invalidConfig(path, given, 'at least one subset with a weight above 0')
  }
  for (const [index, { subset }] of targets.entries()) {
    const first = targets.findIndex((other) => other.subset.key === subset.key)
    if (first < index) throw invalidConfig(`${path}[${index}].subset`, subset.given, 'each subset once')
  }
  return targets
}

function checkTarget(given: unknown, path: string): TargetSettings {
  const target = checkObject(given, path, ['subset', 'weight'])
  return {
    subset: checkSubset(target['subset'], `${path}.subset`),
    weight: checkNumber(target['weight'], `${path}.weight`, 1, { max: 1_000_000 }),
  }
}

function checkFallback(
  given: unknown,
  path: string,
  targets: readonly TargetSettings[],
): SubsetRule | undefined {
  if (given === undefined) return targets.length > 1 ? anyOf(targets) : undefined
  if (given === 'none') return undefined
  if (given === 'any') return checkSubset({}, path)
  if (typeof given === 'string') throw invalidConfig(path, given, "'any', 'none' or a subset")
  return checkSubset(given, path)
}

/** Endpoints of any of these; none of those that are to get nothing. */
function anyOf(targets: readonly TargetSettings[]): SubsetRule {
  const used = targets.filter(({ weight }) => weight > 0).map(({ subset }) => subset)
  return {
    given: {},
    key: `any of ${used.map(({ key }) => `(${key})`).join(' ')}`,
    accepts: (endpoint) => used.some(({ accepts }) => accepts(endpoint)),
  }
}
