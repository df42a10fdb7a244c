import { invalidConfig } from '../core/errors.js'
import { checkBoolean, checkFraction, checkNumber, checkObject } from '../core/validate.js'
import { checkDistribution, type Sampler } from './distribution.js'
import { percentOf } from './moment.js'

/** A group, checked and completed. */
export interface GroupPlan {
  readonly name: string
  readonly count: number
  /** The number of its first server. */
  readonly first: number
  readonly service: Sampler
  readonly slots: number
  readonly queue: number
  readonly slowdown: number
  readonly errorRate: number
  readonly errorStatus: number
  readonly weight: number
  readonly priority: number
  readonly zone: string | undefined
  readonly reports: boolean
}

/** A mistake of one digit should not fill the memory. */
const MAX_SERVERS = 100_000
const KEYS = [
  'name',
  'count',
  'service',
  'slots',
  'queue',
  'slowdown',
  'errorRate',
  'errorStatus',
  'weight',
  'priority',
  'zone',
  'reports',
]

export function checkServers(given: unknown): GroupPlan[] {
  if (given === undefined) throw invalidConfig('servers', given, 'a group of servers, or an array of groups')
  const list = Array.isArray(given) ? given : [given]
  if (list.length === 0) throw invalidConfig('servers', given, 'at least one group')
  const groups: GroupPlan[] = []
  let first = 0
  for (const [index, group] of list.entries()) {
    const plan = checkGroup(group, Array.isArray(given) ? `servers[${index}]` : 'servers', index, first)
    if (groups.some(({ name }) => name === plan.name))
      throw invalidConfig(`servers[${index}].name`, plan.name, 'a name that no other group has')
    groups.push(plan)
    first += plan.count
  }
  if (first > MAX_SERVERS) throw invalidConfig('servers', first, `at most ${MAX_SERVERS} servers`)
  return groups
}

function checkGroup(given: unknown, path: string, index: number, first: number): GroupPlan {
  const group = checkObject(given, path, KEYS)
  const at = (key: string) => `${path}.${key}`
  const whole = { min: 1, integer: true }
  return {
    name: checkText(group['name'], at('name')) ?? (index === 0 ? 'servers' : `group-${index + 1}`),
    count: checkNumber(group['count'], at('count'), 1, whole),
    first,
    service: checkDistribution(group['service'], at('service')),
    slots: checkNumber(group['slots'], at('slots'), 4, whole),
    queue: checkQueue(group['queue'], at('queue')),
    slowdown: checkFactor(group['slowdown'] ?? 1, at('slowdown')),
    errorRate: checkFraction(group['errorRate'] as number | undefined, at('errorRate'), 0),
    errorStatus: checkStatus(group['errorStatus'] ?? 500, at('errorStatus')),
    weight: checkNumber(group['weight'], at('weight'), 1),
    priority: checkNumber(group['priority'], at('priority'), 0, { integer: true }),
    zone: checkText(group['zone'], at('zone')),
    reports: checkBoolean(group['reports'] as boolean | undefined, at('reports')) ?? false,
  }
}

function checkQueue(given: unknown, path: string): number {
  if (given === Number.POSITIVE_INFINITY) return given
  return checkNumber(given, path, Number.POSITIVE_INFINITY, { integer: true })
}

export function checkStatus(given: unknown, path: string): number {
  return checkNumber(given, path, 500, { min: 400, max: 599, integer: true })
}

export function checkFactor(given: unknown, path: string): number {
  if (given === undefined) throw invalidConfig(path, given, 'a number greater than 0')
  return checkNumber(given, path, 1, { exclusive: true, max: 1e6 })
}

export function checkText(given: unknown, path: string): string | undefined {
  if (given !== undefined && (typeof given !== 'string' || given === ''))
    throw invalidConfig(path, given, 'a text that is not empty')
  return given as string | undefined
}

/** The numbers of the servers that a selection means. */
export function checkSelection(given: unknown, path: string, groups: readonly GroupPlan[]): number[] {
  const total = totalOf(groups)
  if (Array.isArray(given))
    return given.map((n, i) => checkNumber(n, `${path}[${i}]`, 0, { max: total - 1, integer: true }))
  const group = groups.find(({ name }) => name === given)
  if (group !== undefined) return range(group.first, group.count)
  return range(0, checkCount(given, path, total, groups))
}

/** A number of servers, or a share of all: at least one. */
export function checkCount(
  given: unknown,
  path: string,
  total: number,
  groups: readonly GroupPlan[] = [],
): number {
  const share = percentOf(given)
  if (share !== undefined && share <= 1) return Math.max(1, Math.round(share * total))
  if (typeof given === 'number') return checkNumber(given, path, 1, { min: 1, max: total, integer: true })
  const names = groups.map(({ name }) => `'${name}'`).join(', ')
  throw invalidConfig(
    path,
    given,
    `a number of servers, a share of them like '10%'${names && `, or ${names}`}`,
  )
}

export function totalOf(groups: readonly GroupPlan[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0)
}

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i)
}
