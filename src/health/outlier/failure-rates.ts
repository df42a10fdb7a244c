import type { EjectionCause } from '../../core/ejection.js'
import type { LiveEndpoint } from '../../core/endpoint.js'
import type { CallWindow } from './call-window.js'
import { chanceOf } from './fisher.js'
import type { OutlierSettings } from './options.js'

/**
 * So unlikely has it to be that an endpoint fails more often than the others by chance. It is asked at every failure,
 * which is why it is less than the usual 1 in 100 (test/health/false-ejections.test.ts measures what comes of it).
 */
const CHANCE = 1e-4
/** Of m bad endpoints among n each sees (m - 1) / (n - 1) of the others fail, which is less than half if m is. */
const TIMES = 2
/** With fewer failures of an endpoint there is nothing to judge. */
const FEWEST = 3

/**
 * Compares the share of failures of an endpoint with that of all others together, and with a limit. Unlike
 * a standard deviation, which two of five cannot exceed, the others' share is hardly moved by a few more that are bad:
 * as long as they are less than half of all, each of them fails at least twice as often as the rest does.
 */
export function judgeFailures(
  endpoint: LiveEndpoint,
  window: CallWindow,
  { failureShare, peerFailureDifference, minCalls }: OutlierSettings,
): EjectionCause | undefined {
  const { calls, failures } = window.of(endpoint)
  if (failures < FEWEST) return undefined
  const share = failures / calls
  if (peerFailureDifference > 0) {
    const { total } = window
    const peerCalls = total.calls - calls
    const peerFailures = total.failures - failures
    const peerShare = peerCalls > 0 ? peerFailures / peerCalls : 1
    if (share >= peerShare + peerFailureDifference && share >= TIMES * peerShare) {
      const chance = chanceOf(failures, calls, peerFailures, peerCalls)
      if (chance < CHANCE)
        return { rule: 'success-rate', calls, failures, share, peerCalls, peerFailures, peerShare, chance }
    }
  }
  if (failureShare > 0 && calls >= minCalls && share >= failureShare)
    return { rule: 'failure-share', calls, failures, share, limit: failureShare }
  return undefined
}
