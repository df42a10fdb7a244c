import { invalidConfig } from '../core/errors.js'
import { checkNumber, checkObject } from '../core/validate.js'
import type { LoadMeasure } from '../health/redundancy-options.js'
import { covers, type Fleet } from '../health/standing.js'
import { numbersOf, type RedundancyWatch } from './redundancy-watch.js'

/** What the traffic needs and what there is, in units of weight. */
export interface CapacityNumbers {
  readonly required: number
  readonly available: number
}

/** How many endpoints the traffic needs, and how many more may fail. */
export interface RedundancySnapshot {
  /** Does the rule hold now? */
  readonly redundant: boolean
  /** Are fewer left than the traffic needs? */
  readonly short: boolean
  /** How many of those that are up must stay, whichever they are. */
  readonly required: number
  /** How many are up. */
  readonly available: number
  /** How many more may fail, whichever they are, before it is short. */
  readonly mayFail: number
  /** How many more ought to be able to. */
  readonly spare: number
  readonly capacity: CapacityNumbers
  /** With `capacity`: what is measured, its peak (missing until there is one), and what one endpoint can carry. */
  readonly load?: { readonly measure: LoadMeasure; readonly peak?: number; readonly capacity: number }
  /** Since when `redundancylost` holds, where `redundancyrestored` has not been told yet. */
  readonly lostAt?: number
  /** Each zone with somebody up; who has no zone is in one without a name. */
  readonly zones: readonly {
    readonly zone?: string
    readonly available: number
    /** What of the capacity would go with it. */
    readonly capacity: number
    /** Would the rest be enough for the traffic? */
    readonly canLose: boolean
  }[]
}

/** What might be lost: a zone, some endpoints by id, or any so many. */
export type Loss =
  | { readonly zone: string }
  | { readonly endpoints: readonly string[] }
  | { readonly count: number }

/** What would be left after a loss. */
export interface LossVerdict {
  /** Would it be enough for the traffic? */
  readonly ok: boolean
  /** How many of those left would have to stay; more than there are when it is not enough. */
  readonly required: number
  /** How many would be left. */
  readonly left: number
  /** How many more might fail then. */
  readonly mayFail: number
  /** In units of weight; of `count`, when the largest go. */
  readonly capacity: { readonly required: number; readonly left: number }
}

export function redundancySnapshot(watch: RedundancyWatch, now: number): RedundancySnapshot {
  const { measure, capacity } = watch.settings
  const judgement = watch.judge(now)
  const { redundant, short, fleet, needed } = judgement
  const { lostAt } = watch
  const peak = watch.peak(now)
  return {
    redundant,
    short,
    ...numbersOf(judgement),
    ...(measure !== undefined && { load: { measure, ...(peak !== undefined && { peak }), capacity } }),
    ...(lostAt !== undefined && { lostAt }),
    zones: fleet.zones.map((zone) => {
      const rest = fleet.without((unit) => unit.zone === zone)
      return {
        ...(zone !== undefined && { zone }),
        available: fleet.units.length - rest.units.length,
        capacity: fleet.capacity - rest.capacity,
        canLose: rest.units.length > 0 && covers(rest.capacity, needed),
      }
    }),
  }
}

/** What `canLose` says. @throws BalancerError `ERR_INVALID_CONFIG` for a loss of what there is not */
export function judgeLoss(
  watch: RedundancyWatch,
  loss: Loss,
  listed: readonly Listed[],
  now: number,
): LossVerdict {
  const { fleet, needed, ...standing } = watch.judge(now)
  const given = checkLoss(loss, listed)
  if (typeof given === 'number') {
    const left = fleet.worst(given)
    return {
      ok: !standing.short && given <= standing.mayFail,
      required: standing.required,
      left: Math.max(0, fleet.units.length - given),
      mayFail: Math.max(0, standing.mayFail - given),
      capacity: { required: needed, left },
    }
  }
  return verdictOn(
    fleet.without(({ id }) => given.has(id)),
    needed,
  )
}

function verdictOn(rest: Fleet, needed: number): LossVerdict {
  const { short, required, mayFail } = rest.standing(needed)
  const capacity = { required: needed, left: rest.capacity }
  return { ok: !short, required, left: rest.units.length, mayFail, capacity }
}

/** An endpoint of the list, up or not. */
interface Listed {
  readonly id: string
  readonly zone: string | undefined
}

/** The ids of those that would be lost, or how many. What is not there is a mistake, and not a loss that is borne. */
function checkLoss(loss: Loss, listed: readonly Listed[]): ReadonlySet<string> | number {
  const given: { zone?: unknown; endpoints?: unknown; count?: unknown } = checkObject(loss, 'canLose', [
    'zone',
    'endpoints',
    'count',
  ])
  if (Object.keys(given).length !== 1)
    throw invalidConfig('canLose', given, 'an object with exactly one of zone, endpoints, count')
  if (given.count !== undefined) return checkNumber(given.count, 'canLose.count', 0, { integer: true })
  if (given.zone !== undefined) {
    const members = listed.filter(({ zone }) => zone === given.zone)
    const zones = [...new Set(listed.flatMap(({ zone }) => zone ?? []))]
    if (members.length === 0)
      throw invalidConfig(
        'canLose.zone',
        given.zone,
        `a zone of the list: ${zones.join(', ') || 'none has one'}`,
      )
    return new Set(members.map(({ id }) => id))
  }
  if (!Array.isArray(given.endpoints))
    throw invalidConfig('canLose.endpoints', given.endpoints, 'an array of ids')
  for (const id of given.endpoints)
    if (!listed.some((endpoint) => endpoint.id === id))
      throw invalidConfig('canLose.endpoints', id, 'the id of an endpoint of the list')
  return new Set(given.endpoints)
}
