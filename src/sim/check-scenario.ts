import { invalidConfig } from '../core/errors.js'
import { checkBoolean, checkChoice, checkNumber, checkObject } from '../core/validate.js'
import type { ArrivalPlan } from './arrivals.js'
import { type ChangePlan, checkChanges } from './check-changes.js'
import { checkServers, checkText, type GroupPlan } from './check-servers.js'
import { checkDistribution, type Sampler } from './distribution.js'
import { checkMoment } from './moment.js'
import type { BalancerConfig } from './scenario.js'

/** A scenario, checked and completed. */
export interface Plan {
  readonly name: string
  readonly title: string
  readonly groups: readonly GroupPlan[]
  readonly clients: readonly ClientPlan[]
  readonly arrivals: ArrivalPlan
  /** What all servers of the start can do together, in requests per ms. */
  readonly capacity: number
  readonly requests: number
  readonly warmUp: number
  readonly network: { readonly latency: Sampler; readonly crossZone: number }
  readonly discoveryDelay: number
  readonly method: string
  readonly keys: { readonly count: number; readonly skew: number } | undefined
  readonly changes: readonly ChangePlan[]
  readonly balancer: BalancerConfig
}

/** One client. */
export interface ClientPlan {
  /** Its share of all traffic, 0 to 1. */
  readonly share: number
  readonly zone: string | undefined
}

/** A latency is kept for each request, 8 bytes: 800 MB at most. */
const MAX_REQUESTS = 1e8
const MAX_CLIENTS = 100_000
const KEYS = [
  'name',
  'title',
  'description',
  'servers',
  'clients',
  'arrivals',
  'requests',
  'warmUp',
  'network',
  'discoveryDelay',
  'method',
  'keys',
  'changes',
  'balancer',
]

/** @throws BalancerError `ERR_INVALID_CONFIG` that names the path of what is wrong */
export function checkScenario(given: unknown): Plan {
  const scenario = checkObject(given, '', KEYS)
  checkText(scenario['description'], 'description')
  const groups = checkServers(scenario['servers'])
  const changes = checkChanges(scenario['changes'], groups)
  const capacity = capacityOf(groups, changes)
  return {
    name: checkText(scenario['name'], 'name') ?? 'scenario',
    title: checkText(scenario['title'], 'title') ?? '',
    groups,
    clients: checkClients(scenario['clients']),
    arrivals: checkArrivals(scenario['arrivals'] ?? {}, capacity),
    capacity,
    requests: checkNumber(scenario['requests'], 'requests', 100_000, {
      min: 1,
      max: MAX_REQUESTS,
      integer: true,
    }),
    warmUp: checkNumber(scenario['warmUp'], 'warmUp', 0.1, { max: 0.9 }),
    network: checkNetwork(scenario['network'] ?? {}),
    discoveryDelay: checkNumber(scenario['discoveryDelay'], 'discoveryDelay', 0, { max: 1e9 }),
    method: checkMethod(scenario['method']),
    keys: checkKeys(scenario['keys']),
    changes,
    balancer: checkBalancer(scenario['balancer'] ?? {}, 'balancer'),
  }
}

/** What the simulator decides; everything else is checked by `createBalancer`. */
const OURS = ['name', 'endpoints', 'discovery', 'transport', 'clock', 'random', 'hashKey']

export function checkBalancer(given: unknown, path: string): BalancerConfig {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalidConfig(path, given, 'an object with options of createBalancer')
  for (const key of OURS)
    if (key in given) throw invalidConfig(`${path}.${key}`, key, 'not set here: the simulator does')
  return given
}

/** Those that join later do not count. */
function capacityOf(groups: readonly GroupPlan[], changes: readonly ChangePlan[]): number {
  const later = new Set(changes.flatMap((change) => (change.kind === 'join' ? change.servers : [])))
  let sum = 0
  for (const { first, count, slots, service, slowdown, weight } of groups) {
    for (let i = 0; i < count; i++)
      if (weight > 0 && !later.has(first + i)) sum += slots / (service.mean * slowdown)
  }
  return sum
}

function checkClients(given: unknown): ClientPlan[] {
  const rule = { min: 1, max: MAX_CLIENTS, integer: true }
  const list = Array.isArray(given) ? given : [{ count: checkNumber(given, 'clients', 1, rule) }]
  const clients: { weight: number; zone: string | undefined }[] = []
  for (const [index, group] of list.entries()) {
    const path = `clients[${index}]`
    const fields = checkObject(group, path, ['count', 'weight', 'zone'])
    const count = checkNumber(fields['count'], `${path}.count`, 1, rule)
    const weight = checkNumber(fields['weight'], `${path}.weight`, 1, { exclusive: true })
    const zone = checkText(fields['zone'], `${path}.zone`)
    for (let i = 0; i < count; i++) clients.push({ weight, zone })
  }
  if (clients.length === 0) throw invalidConfig('clients', given, 'at least one')
  const total = clients.reduce((sum, { weight }) => sum + weight, 0)
  return clients.map(({ weight, zone }) => ({ share: weight / total, zone }))
}

function checkArrivals(given: unknown, capacity: number): ArrivalPlan {
  const fields = checkObject(given, 'arrivals', ['load', 'rate', 'process', 'pattern', 'ramp'])
  if (fields['load'] !== undefined && fields['rate'] !== undefined)
    throw invalidConfig('arrivals.rate', fields['rate'], 'not given together with `arrivals.load`')
  const positive = { exclusive: true, max: 1e6 }
  const load = checkNumber(fields['load'], 'arrivals.load', 0.72, positive)
  const pattern = fields['pattern'] ?? []
  if (!Array.isArray(pattern)) throw invalidConfig('arrivals.pattern', pattern, 'an array')
  return {
    rate:
      fields['rate'] === undefined
        ? load * capacity
        : checkNumber(fields['rate'], 'arrivals.rate', 0, { exclusive: true, max: 1e9 }) / 1_000,
    process: checkChoice(fields['process'], 'arrivals.process', 'poisson', ['poisson', 'even']),
    pattern: pattern.map((step, i) => checkStep(step, `arrivals.pattern[${i}]`)),
    ramp: checkBoolean(fields['ramp'] as boolean | undefined, 'arrivals.ramp') ?? false,
  }
}

function checkStep(given: unknown, path: string): ArrivalPlan['pattern'][number] {
  const { at, factor } = checkObject(given, path, ['at', 'factor']) as { at?: unknown; factor?: unknown }
  if (at === undefined) throw invalidConfig(`${path}.at`, at, "ms, or a share of the run, '33%'")
  if (factor === undefined) throw invalidConfig(`${path}.factor`, factor, 'a number')
  return {
    at: checkMoment(at, `${path}.at`, () => 0),
    factor: checkNumber(factor, `${path}.factor`, 1, { exclusive: true, max: 1e6 }),
  }
}

function checkNetwork(given: unknown): Plan['network'] {
  const fields = checkObject(given, 'network', ['latency', 'crossZone'])
  return {
    latency: checkDistribution(fields['latency'], 'network.latency', 0),
    crossZone: checkNumber(fields['crossZone'], 'network.crossZone', 0, { max: 1e6 }),
  }
}

function checkMethod(given: unknown): string {
  return checkChoice(given, 'method', 'GET', ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
}

function checkKeys(given: unknown): Plan['keys'] {
  if (given === undefined) return undefined
  const fields = checkObject(given, 'keys', ['count', 'skew'])
  return {
    count: checkNumber(fields['count'], 'keys.count', 1_000, { min: 1, max: 1e7, integer: true }),
    skew: checkNumber(fields['skew'], 'keys.skew', 0, { max: 10 }),
  }
}
