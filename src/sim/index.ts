/**
 * Simulates fleets in virtual time with the library's own balancers, to choose a policy and to try what
 * goes wrong.
 * @packageDocumentation
 */
export { compare, type SweepOptions, sweep } from './compare.js'
export type { Distribution } from './distribution.js'
export { loadScenario } from './load-scenario.js'
export { balancingPolicies, policyNames } from './policy-table.js'
export { type Reportable, toHtml, toPictures } from './report/to-html.js'
export type {
  Comparison,
  GroupResult,
  LatencySummary,
  Series,
  SimulationResult,
  Sweep,
} from './result.js'
export { scale } from './scale.js'
export type {
  Arrivals,
  BalancerConfig,
  Change,
  ClientGroup,
  ColdStart,
  Moment,
  PolicyConfig,
  Scenario,
  ServerGroup,
  ServerSelection,
} from './scenario.js'
export { type ScenarioName, scenarios } from './scenarios.js'
export { type Progress, type SimulateOptions, simulate } from './simulate.js'
export { toTable } from './to-table.js'
export type { Variant } from './variants.js'
