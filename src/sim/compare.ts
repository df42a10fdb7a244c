import { checkNumber, checkObject } from '../core/validate.js'
import { checkScenario, type Plan } from './check-scenario.js'
import type { Comparison, SimulationResult, Sweep } from './result.js'
import type { Scenario } from './scenario.js'
import { checkSeed, run, type SimulateOptions } from './simulate.js'
import { checkVariants, type Variant } from './variants.js'

/** Options of {@link sweep}. */
export interface SweepOptions extends SimulateOptions {
  /** Loads to try, as shares of what the fleet can do. Default 0.3, 0.5, 0.6, 0.7, 0.8, 0.9. */
  readonly loads?: readonly number[]
}

const LOADS = [0.3, 0.5, 0.6, 0.7, 0.8, 0.9]

/**
 * Runs several policies or configurations on the same scenario: the same requests arrive at the same
 * times at the same clients and are as much work; only what the balancers make of it differs. An oracle
 * that knows every queue and every speed runs along, to tell how far there is to go.
 *
 * @param variants names of policies, or balancer options that go over those of the scenario
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export async function compare(
  scenario: Scenario,
  variants: readonly (string | Variant)[],
  options: SimulateOptions = {},
): Promise<Comparison> {
  checkObject(options, '', ['seed', 'onProgress'])
  const plan = checkScenario(scenario)
  return comparePlan(plan, checkVariants(variants, plan), checkSeed(options.seed), options.onProgress)
}

/**
 * Compares at several loads: at which one each policy's tail takes off.
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export async function sweep(
  scenario: Scenario,
  variants: readonly (string | Variant)[],
  options: SweepOptions = {},
): Promise<Sweep> {
  checkObject(options, '', ['seed', 'onProgress', 'loads'])
  const seed = checkSeed(options.seed)
  const loads = (options.loads ?? LOADS).map((load, i) =>
    checkNumber(load, `loads[${i}]`, 0, { exclusive: true, max: 100 }),
  )
  const comparisons: Comparison[] = []
  for (const [i, load] of loads.entries()) {
    const { rate: _, ...arrivals } = scenario.arrivals ?? {}
    const plan = checkScenario({ ...scenario, arrivals: { ...arrivals, load } })
    const onProgress = partOf(options.onProgress, i, loads.length)
    comparisons.push(await comparePlan(plan, checkVariants(variants, plan), seed, onProgress))
  }
  const { name, title } = checkScenario(scenario)
  return { scenario: name, title, seed, loads, comparisons }
}

async function comparePlan(
  plan: Plan,
  variants: readonly Variant[],
  seed: number,
  onProgress: SimulateOptions['onProgress'],
): Promise<Comparison> {
  const oracle: Variant = { name: 'oracle', balancer: { ...plan.balancer, policy: 'oracle' } }
  const all = [oracle, ...variants.filter(({ name }) => name !== oracle.name)]
  const results: SimulationResult[] = []
  for (const [i, { name, balancer }] of all.entries())
    results.push(await run(plan, balancer, seed, partOf(onProgress, i, all.length), name))
  const [first, ...others] = results
  return { scenario: plan.name, title: plan.title, seed, oracle: first as SimulationResult, results: others }
}

/** The progress of one of several runs as that of the whole. */
function partOf(
  onProgress: SimulateOptions['onProgress'],
  part: number,
  parts: number,
): SimulateOptions['onProgress'] {
  if (onProgress === undefined) return undefined
  return ({ done, total, variant }) =>
    onProgress({ done: part * total + done, total: parts * total, variant })
}
