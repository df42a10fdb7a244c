import { BalancerError, invalidConfig } from '../core/errors.js'
import {
  checkBoolean,
  checkChoice,
  checkDuration,
  checkFraction,
  checkNumber,
  checkObject,
} from '../core/validate.js'

/** What one endpoint of weight `unit` can carry; exactly one of the three. */
export interface RedundancyCapacity {
  /** Calls of this process that it can have under way at once. */
  readonly concurrent?: number
  /** Calls of this process that it can answer in a second. */
  readonly perSecond?: number
  /**
   * How far it may be utilised, above 0 up to 1: 0.8 for 80 %. Measured from what servers report of their
   * load, which is that of all their clients.
   */
  readonly utilization?: number
}

/**
 * Options of the redundancy rule. `required`, `capacity` or both say what the traffic needs.
 *
 * Source: Google's SRE book for N+1 and N+2, of the capacity at peak; AWS, "Static stability using Availability
 * Zones", for zones; Kubernetes' PodDisruptionBudget, whose `disruptionsAllowed` is what `mayFail` is here.
 */
export interface RedundancyOptions {
  /**
   * How many endpoints of weight `unit` are needed whatever is measured. Default: one endpoint, when there is a
   * `capacity`.
   */
  readonly required?: number
  /** Measures what the traffic needs: its peak over what an endpoint can carry. */
  readonly capacity?: RedundancyCapacity
  /**
   * How many more may fail, the largest first: 1 for N+1, 2 for N+2; `'2N'` for as many as are needed. Default
   * 1; 0 with `perZone`, where the zone is what is spare.
   */
  readonly spare?: number | '2N'
  /** Must all of that still hold when any one zone is lost? Default false. */
  readonly perZone?: boolean
  /**
   * Whom endpoints of a lower priority than the first stand in for: all others, or only those that their own
   * zone has lost. Default `'shared'`.
   */
  readonly backups?: 'shared' | 'dedicated'
  /** The weight of one endpoint, as `required` and `capacity` mean it. Default 1. */
  readonly unit?: number
  /** In ms. The highest mean of a thirtieth of it counts as the peak. Default 300 000, five minutes. */
  readonly window?: number
  /** In ms. For so long the rule must have held again before `redundancyrestored` is told. Default 10 000. */
  readonly restoreAfter?: number
}

/** What is measured: calls under way, calls a second, or what servers report. */
export type LoadMeasure = keyof RedundancyCapacity

/** Checked and completed. */
export interface RedundancySettings {
  readonly required: number
  readonly measure: LoadMeasure | undefined
  /** Of an endpoint, in the measure's own unit. */
  readonly capacity: number
  readonly spare: number | '2N'
  readonly perZone: boolean
  readonly dedicated: boolean
  readonly unit: number
  readonly window: number
  readonly restoreAfter: number
}

const KEYS = ['required', 'capacity', 'spare', 'perZone', 'backups', 'unit', 'window', 'restoreAfter']
const MEASURES = ['concurrent', 'perSecond', 'utilization'] as const

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkRedundancy(
  given: RedundancyOptions | false | undefined,
): RedundancySettings | undefined {
  if (given === undefined || given === false) return undefined
  checkObject(given, 'redundancy', KEYS)
  if (given.required === undefined && given.capacity === undefined) {
    throw new BalancerError(
      'ERR_INVALID_CONFIG',
      'The option `redundancy` needs to know what the traffic needs: a number of endpoints (`required: 3`), or what ' +
        'one endpoint can carry (`capacity: { concurrent: 50 }`, `{ perSecond: 200 }`, or `{ utilization: 0.8 }` ' +
        'for servers that report their load); neither is given.',
    )
  }
  const perZone = checkBoolean(given.perZone, 'redundancy.perZone') ?? false
  return {
    required: checkNumber(given.required, 'redundancy.required', 0),
    ...checkCapacity(given.capacity),
    spare: checkSpare(given.spare, perZone ? 0 : 1),
    perZone,
    dedicated:
      checkChoice(given.backups, 'redundancy.backups', 'shared', ['shared', 'dedicated']) === 'dedicated',
    unit: checkNumber(given.unit, 'redundancy.unit', 1, { exclusive: true }),
    window: checkDuration(given.window, 'redundancy.window', 300_000),
    restoreAfter: checkNumber(given.restoreAfter, 'redundancy.restoreAfter', 10_000),
  }
}

function checkCapacity(
  given: RedundancyCapacity | undefined,
): Pick<RedundancySettings, 'measure' | 'capacity'> {
  if (given === undefined) return { measure: undefined, capacity: 0 }
  checkObject(given, 'redundancy.capacity', MEASURES)
  const named = MEASURES.filter((measure) => given[measure] !== undefined)
  const [measure] = named
  if (measure === undefined || named.length > 1)
    throw invalidConfig('redundancy.capacity', given, `an object with exactly one of ${MEASURES.join(', ')}`)
  const path = `redundancy.capacity.${measure}`
  const capacity = checkNumber(given[measure], path, 0, { exclusive: true })
  return { measure, capacity: measure === 'utilization' ? checkFraction(capacity, path, 1) : capacity }
}

function checkSpare(given: unknown, fallback: number): number | '2N' {
  if (given === '2N') return given
  if (typeof given === 'string') throw invalidConfig('redundancy.spare', given, "a whole number or '2N'")
  return checkNumber(given, 'redundancy.spare', fallback, { integer: true })
}
