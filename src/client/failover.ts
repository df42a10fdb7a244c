import { checkBoolean, checkNumber, checkObject } from '../core/validate.js'
import { FailoverPolicy, type FailoverRules } from '../policies/failover-policy.js'
import type { Policy } from '../policies/policy.js'
import type { MasterParts } from './master-parts.js'
import type { MasterPolicy } from './master-policy.js'
import { Masters } from './masters.js'
import { checkTrack, type TrackedCheck, type TrackSettings } from './tracked-check.js'
import { Tracking } from './tracking.js'

/** Options of {@link failover}; times in ms. */
export interface FailoverOptions {
  /** Does one of higher rank take over from a master that is well? Default true. */
  readonly preempt?: boolean
  /** For how long it has to have been there, without a break, before it does. Default 0: at once. */
  readonly preemptDelay?: number
  /**
   * After a change of masters, so long none takes over from one that is well. One that was lost n > 1 times in a row
   * has to be there for this x 2^(n - 1) first. Default 10 000.
   */
  readonly holdDown?: number
  /**
   * Do retries go to the master too, or to nobody? For what must not happen in two places, such as writes to
   * databases. Default false: a retry goes to the next in rank.
   */
  readonly masterOnly?: boolean
  /**
   * For how long a call waits for a master when nobody can be, within its own timeout, before it fails.
   * `pick()` cannot wait. Default 0.
   */
  readonly waitForMaster?: number
  /** Checks that change the ranks of endpoints, or say who must not be master. Default none. */
  readonly track?: readonly TrackedCheck[]
}

/** A day: whoever wants more wants `preempt: false`. */
const MAX_WAIT = 86_400_000

/** The policy as it was asked for. What chooses is its forks, one for each pool of endpoints. */
class Failover extends FailoverPolicy implements MasterPolicy {
  readonly waitForMaster: number
  readonly track: readonly TrackSettings[]

  constructor(rules: FailoverRules, waitForMaster: number, track: readonly TrackSettings[]) {
    super(rules)
    this.waitForMaster = waitForMaster
    this.track = track
  }

  keepMasters(parts: MasterParts): { readonly masters: Masters; readonly tracking: Tracking | undefined } {
    const masters = new Masters(this.rules.masterOnly, this.waitForMaster, parts)
    if (this.track.length === 0) return { masters, tracking: undefined }
    return { masters, tracking: new Tracking(this.track, parts, (now) => masters.review(now)) }
  }
}

/**
 * Active and standby: one master gets all first attempts, the endpoint of the best `priority` (0 before 1), and of
 * equals the one that was listed first. When it is lost (ejected, broken, unhealthy, pausing, removed, weight 0) the
 * next takes over at once, and `masterchanged` says why.
 *
 * All priorities are one pool for it: nothing spills over, and `panicThreshold` and
 * `priority.overprovisioningFactor` mean nothing. It has to be the balancer's policy itself: within another, tracked
 * checks are not made. Each subset of `routes` has a master of its own.
 *
 * O(1) a pick; O(n) after a change of state.
 *
 * Source: VRRP (RFC 5798) and Keepalived; ranks are 254 - `priority`, so that a Keepalived priority p is
 * `priority: 254 - p` here and weights stay as they are.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function failover(options: FailoverOptions = {}): Policy {
  checkObject(options, 'failover', [
    'preempt',
    'preemptDelay',
    'holdDown',
    'masterOnly',
    'waitForMaster',
    'track',
  ])
  const wait = (name: 'preemptDelay' | 'holdDown' | 'waitForMaster', fallback: number) =>
    checkNumber(options[name], `failover.${name}`, fallback, { max: MAX_WAIT })
  const rules = {
    preempt: checkBoolean(options.preempt, 'failover.preempt') ?? true,
    preemptDelay: wait('preemptDelay', 0),
    holdDown: wait('holdDown', 10_000),
    masterOnly: checkBoolean(options.masterOnly, 'failover.masterOnly') ?? false,
  }
  return new Failover(rules, wait('waitForMaster', 0), checkTrack(options.track))
}
