import { invalidConfig } from '../core/errors.js'
import { checkChoice, checkDuration, checkObject } from '../core/validate.js'
import {
  checkCount,
  checkFactor,
  checkSelection,
  checkStatus,
  type GroupPlan,
  totalOf,
} from './check-servers.js'
import { type CheckedMoment, checkMoment } from './moment.js'
import type { ColdStart } from './scenario.js'

interface Stretch {
  readonly servers: readonly number[]
  readonly from: CheckedMoment
  readonly until: CheckedMoment
}

/** A change, checked and completed. */
export type ChangePlan =
  | (Stretch & { readonly kind: 'slow'; readonly factor: number })
  | (Stretch & {
      readonly kind: 'antagonist'
      readonly count: number
      readonly factor: number
      readonly every: number
    })
  | (Stretch & { readonly kind: 'outage'; readonly how: 'refuse' | 'silent' | number })
  | (Stretch & {
      readonly kind: 'restart'
      readonly every: number
      readonly downtime: number
      readonly cold: ColdStart | undefined
    })
  | (Stretch & { readonly kind: 'join'; readonly cold: ColdStart | undefined })
  | (Stretch & { readonly kind: 'leave' })

type Groups = readonly GroupPlan[]
type Fields = Record<string, unknown>

const FIELDS = {
  slow: ['servers', 'factor', 'from', 'until'],
  antagonist: ['servers', 'count', 'factor', 'every', 'from', 'until'],
  outage: ['servers', 'how', 'from', 'until'],
  restart: ['servers', 'every', 'downtime', 'cold', 'from'],
  join: ['servers', 'from', 'cold'],
  leave: ['servers', 'from'],
} as const
type Kind = keyof typeof FIELDS
const KINDS = Object.keys(FIELDS) as Kind[]

export function checkChanges(given: unknown, groups: Groups): ChangePlan[] {
  if (given === undefined) return []
  if (!Array.isArray(given)) throw invalidConfig('changes', given, 'an array')
  return given.map((change, i) => checkChange(change, `changes[${i}]`, groups))
}

function checkChange(given: unknown, path: string, groups: Groups): ChangePlan {
  const kind = checkChoice((given as Fields | null)?.['kind'], `${path}.kind`, undefined as never, KINDS)
  if (kind === undefined) throw invalidConfig(`${path}.kind`, kind, KINDS.join(', '))
  const change = checkObject(given, path, ['kind', ...FIELDS[kind]])
  const everybody = kind === 'antagonist' ? '100%' : undefined
  const stretch: Stretch = {
    servers: checkSelection(change['servers'] ?? everybody, `${path}.servers`, groups),
    from: checkMoment(change['from'], `${path}.from`, () => 0),
    until: checkMoment(change['until'], `${path}.until`, () => Number.POSITIVE_INFINITY),
  }
  const cold = checkCold(change['cold'], `${path}.cold`)
  switch (kind) {
    case 'slow':
      return { ...stretch, kind, factor: checkFactor(change['factor'], `${path}.factor`) }
    case 'antagonist':
      return { ...stretch, kind, ...checkAntagonist(change, path, totalOf(groups)) }
    case 'outage':
      return { ...stretch, kind, how: checkHow(change['how'], `${path}.how`) }
    case 'restart':
      return { ...stretch, kind, cold, ...checkRestart(change, path) }
    case 'join':
      return { ...stretch, kind, cold }
    case 'leave':
      return { ...stretch, kind }
  }
}

function checkAntagonist(change: Fields, path: string, total: number) {
  return {
    count: checkCount(change['count'], `${path}.count`, total),
    factor: checkFactor(change['factor'], `${path}.factor`),
    every: duration(change['every'], `${path}.every`),
  }
}

function checkRestart(change: Fields, path: string) {
  return {
    every: duration(change['every'], `${path}.every`),
    downtime: duration(change['downtime'], `${path}.downtime`),
  }
}

function checkHow(given: unknown, path: string): 'refuse' | 'silent' | number {
  if (given === 'refuse' || given === 'silent') return given
  if (typeof given !== 'number') throw invalidConfig(path, given, "'refuse', 'silent' or a status like 503")
  return checkStatus(given, path)
}

function checkCold(given: unknown, path: string): ColdStart | undefined {
  if (given === undefined) return undefined
  const cold = checkObject(given, path, ['factor', 'duration'])
  return {
    factor: checkFactor(cold['factor'], `${path}.factor`),
    duration: duration(cold['duration'], `${path}.duration`),
  }
}

function duration(given: unknown, path: string): number {
  if (given === undefined) throw invalidConfig(path, given, 'a number of ms')
  return checkDuration(given, path, 0)
}
