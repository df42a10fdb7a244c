import { parseDocument } from 'yaml'
import { BalancerError, invalidConfig } from '../core/errors.js'
import { checkScenario } from './check-scenario.js'
import { policyOf, sameName } from './policy-table.js'
import type { Scenario } from './scenario.js'

/**
 * A scenario from YAML (or JSON, which is YAML too), checked.
 *
 * ```yaml
 * name: two-generations
 * servers:
 *   - { name: old, count: 4, service: { exponential: 40 } }
 *   - { name: new, count: 4, service: { exponential: 20 } }
 * arrivals: { load: 0.7 }
 * balancer:
 *   policy: { name: leastLatency, decay: 2000 }
 * ```
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` that names the line, or the path of what is wrong
 */
export function loadScenario(text: string): Scenario {
  const document = parseDocument(text)
  const [problem] = document.errors
  if (problem !== undefined)
    throw new BalancerError('ERR_INVALID_CONFIG', `The scenario is not YAML: ${problem.message}`, {
      cause: problem,
    })
  // Aliases that multiply could fill the memory: so many and no more are resolved.
  const scenario: unknown = document.toJS({ maxAliasCount: 100 })
  if (typeof scenario !== 'object' || scenario === null)
    throw invalidConfig('scenario', scenario, 'an object with servers and more')
  const { policy } = checkScenario(scenario).balancer
  const name = typeof policy === 'object' ? policy.name : policy
  if (name !== undefined && !sameName('oracle', name)) policyOf(policy, 'balancer.policy')
  return scenario as Scenario
}
