import { invalidConfig } from '../core/errors.js'
import { checkNumber, checkObject, checkText } from '../core/validate.js'
import {
  type CheckEndpoint,
  completeCheck,
  type HealthCheckSchedule,
  type HealthCheckSettings,
  SCHEDULE_KEYS,
} from '../health/health-check.js'

/**
 * A check that has a say in who is master: Keepalived's `vrrp_script` in a `track_script`. When it is made, and what
 * counts as a failure, is as with `healthCheck`; `beforeTraffic` is Keepalived's `init_fail`.
 */
export interface TrackedCheck extends HealthCheckSchedule {
  /** For events and snapshots; one of its own. */
  readonly name: string
  readonly check: CheckEndpoint
  /**
   * Added to the rank of an endpoint: below 0 while its check fails, above 0 while it passes; -253 to 253. Default
   * 0: while its check fails it is not called at all, whoever else is left (Keepalived's FAULT).
   */
  readonly weight?: number
}

/** Checked and completed. */
export interface TrackSettings {
  readonly weight: number
  readonly settings: HealthCheckSettings
}

const PATH = 'failover.track'
/** Keepalived's own. */
const MAX_WEIGHT = 253

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkTrack(given: readonly TrackedCheck[] | undefined): readonly TrackSettings[] {
  if (given === undefined) return []
  if (!Array.isArray(given)) throw invalidConfig(PATH, given, 'an array of { name, check, weight }')
  const names = new Set<string>()
  return given.map((each: TrackedCheck, index) => {
    const path = `${PATH}[${index}]`
    checkObject(each, path, ['name', 'check', 'weight', ...SCHEDULE_KEYS])
    const name = checkText(each.name, `${path}.name`)
    if (names.has(name)) throw invalidConfig(`${path}.name`, name, 'a name of its own')
    names.add(name)
    const weight = checkNumber(each.weight, `${path}.weight`, 0, {
      min: -MAX_WEIGHT,
      max: MAX_WEIGHT,
      integer: true,
    })
    return { weight, settings: completeCheck(each, path) }
  })
}
