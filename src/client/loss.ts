import { invalidConfig } from '../core/errors.js'
import { checkNumber, checkObject } from '../core/validate.js'
import type { Fleet } from '../health/standing.js'
import type { RedundancyWatch } from './redundancy-watch.js'

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
