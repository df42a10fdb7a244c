import { invalidConfig } from '../core/errors.js'
import { checkObject } from '../core/validate.js'
import { checkBalancer, type Plan } from './check-scenario.js'
import { checkText } from './check-servers.js'
import type { BalancerConfig } from './scenario.js'

/** What is compared: balancer options that go over those of the scenario. */
export interface Variant {
  /** For tables and plots. */
  readonly name: string
  readonly balancer: BalancerConfig
}

/** Names of policies stand for variants with that policy. */
export function checkVariants(given: unknown, plan: Plan): Variant[] {
  if (!Array.isArray(given) || given.length === 0)
    throw invalidConfig('variants', given, 'an array of names of policies, or of { name, balancer }')
  const variants = given.map((variant, i) => checkVariant(variant, `variants[${i}]`, plan))
  for (const [i, { name }] of variants.entries()) {
    if (variants.findIndex((other) => other.name === name) !== i)
      throw invalidConfig(`variants[${i}].name`, name, 'a name that no other variant has')
  }
  return variants
}

function checkVariant(given: unknown, path: string, plan: Plan): Variant {
  if (typeof given === 'string') return { name: given, balancer: { ...plan.balancer, policy: given } }
  const { name, balancer } = checkObject(given, path, ['name', 'balancer']) as Partial<Variant>
  const text = checkText(name, `${path}.name`)
  if (text === undefined) throw invalidConfig(`${path}.name`, text, 'a text that is not empty')
  return { name: text, balancer: { ...plan.balancer, ...checkBalancer(balancer ?? {}, `${path}.balancer`) } }
}
