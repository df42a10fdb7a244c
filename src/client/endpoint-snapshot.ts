import { type EjectionCause, inWords } from '../core/ejection.js'
import { Gate, type LiveEndpoint, Trial, trialDueAt, UNLIMITED } from '../core/endpoint.js'
import { textOf } from '../core/errors.js'
import type { CheckedEndpoint } from '../health/checked-endpoint.js'

/** Why an endpoint is, or is not, given calls. */
export type EndpointState =
  /** All is well. */
  | 'eligible'
  /** Ejected, but used because too few others are left. */
  | 'panic'
  /** Taken out by outlier detection, until `until`. */
  | 'ejected'
  /** Its circuit breaker is open, until `until`. */
  | 'circuit-open'
  /** Its time is up; the next suitable call tries it out. */
  | 'trial-due'
  /** That call is under way. */
  | 'trial-running'
  /** Active health checks say that it is not well. */
  | 'unhealthy'
  /** A tracked check says that it must not be master. */
  | 'fault'
  /** It asked to be left alone, until `until`. */
  | 'cooldown'
  /** Its weight is 0. */
  | 'weight-zero'
  /** It is new or back, and gets less than its weight until `until`. */
  | 'warming-up'
  /** It is not in the subset of the fleet that this process uses. */
  | 'outside-subset'
  /** It has as many calls under way as its limit allows. */
  | 'full'
  /** It left the list and is finishing what it has. */
  | 'draining'

/** One endpoint as it is now. */
export interface EndpointSnapshot {
  readonly id: string
  readonly url: string
  /** Where it is dialled, if not at the host of its URL. */
  readonly address?: string
  readonly port?: number
  readonly weight: number
  /** What it gets of that now, where it is not all: it warms up, or lies at the edge of a subset. */
  readonly effectiveWeight?: number
  readonly priority: number
  readonly zone?: string
  readonly region?: string
  readonly metadata: Readonly<Record<string, unknown>>
  /** May it be picked now? */
  readonly eligible: boolean
  readonly state: EndpointState
  /** `state` in words. */
  readonly reason: string
  /** When that ends, in ms since the epoch, where it ends by time. */
  readonly until?: number
  readonly inFlight: number
  /** With `concurrency.maxPerEndpoint`: how many calls may be in flight there; an adaptive limit as it is now. */
  readonly limit?: number
  /** Smoothed time to an answer in ms; missing until there was one. */
  readonly latency?: number
  /** Attempts that were sent to it. */
  readonly calls: number
  readonly successes: number
  readonly failures: number
  readonly consecutiveFailures: number
  /** By how much its next ejection is lengthened. */
  readonly ejections: number
  /** With `healthCheck`: what the checks say. */
  readonly check?: CheckSnapshot
  /** With `failover()`: who has the highest is to be master. */
  readonly rank?: number
  /** With tracked checks: what they say, by name. */
  readonly tracked?: Readonly<Record<string, TrackedSnapshot>>
}

/** What checks say of an endpoint. */
export interface CheckSnapshot {
  /** Missing until that is known. */
  readonly healthy?: boolean
  /** Results in a row that speak against it. */
  readonly against: number
  /** When the last check ended, and how long it took in ms. */
  readonly at?: number
  readonly took?: number
  /** What was wrong. */
  readonly error?: string
}

/** What a tracked check says of an endpoint. */
export interface TrackedSnapshot extends CheckSnapshot {
  /** Is it taken to pass? */
  readonly passed: boolean
  readonly weight: number
}

const REASONS: Readonly<Record<EndpointState, string>> = {
  eligible: 'all is well',
  panic: 'ejected, but used because too few others are left',
  ejected: 'ejected by outlier detection',
  'circuit-open': 'its circuit breaker is open',
  'trial-due': 'its time is up, the next suitable call tries it out',
  'trial-running': 'a call is trying it out',
  unhealthy: 'its health checks fail',
  fault: 'a tracked check says that it must not be master',
  cooldown: 'it asked to be left alone (Retry-After)',
  'warming-up': 'it is new or back, and warms up (slow start)',
  'outside-subset': 'it is not in the subset of the fleet that this process uses',
  'weight-zero': 'its weight is 0, which means "no new calls"',
  full: 'it has as many calls in flight as its limit allows',
  draining: 'it left the list and is finishing its calls',
}

/** One endpoint in words and numbers. */
export function endpointSnapshot(
  endpoint: LiveEndpoint,
  eligible: boolean,
  warmAt: number | undefined,
  checked: CheckedEndpoint | undefined,
  cause: EjectionCause | undefined,
  standing: Pick<EndpointSnapshot, 'rank' | 'tracked'>,
): EndpointSnapshot {
  const { id, url, weight, effectiveWeight, priority, zone, region, metadata, inFlight, limit, latency } =
    endpoint
  const { calls, successes, failures, consecutiveFailures, ejections } = endpoint
  const { state, until } = stateOf(endpoint, eligible, warmAt)
  return {
    id,
    url,
    ...(endpoint.address !== undefined && { address: endpoint.address, port: endpoint.port }),
    weight,
    ...(effectiveWeight !== weight && { effectiveWeight }),
    priority,
    ...(zone !== undefined && { zone }),
    ...(region !== undefined && { region }),
    metadata,
    eligible,
    state,
    reason: state === 'ejected' && cause ? `${REASONS.ejected}: ${inWords(cause)}` : REASONS[state],
    ...(until !== undefined && { until }),
    inFlight,
    ...(limit !== UNLIMITED && { limit }),
    ...(!Number.isNaN(latency) && { latency }),
    calls,
    successes,
    failures,
    consecutiveFailures,
    ejections,
    ...(checked !== undefined && { check: checkSnapshot(checked) }),
    ...standing,
  }
}

export function checkSnapshot(checked: CheckedEndpoint): CheckSnapshot {
  const { healthy, against, checkedAt, took, error } = checked
  return {
    ...(healthy !== undefined && { healthy }),
    against,
    ...(!Number.isNaN(checkedAt) && { at: checkedAt, took }),
    ...(error !== undefined && { error: textOf(error) }),
  }
}

/** The gate that is hardest to pass comes first. */
function stateOf(
  endpoint: LiveEndpoint,
  eligible: boolean,
  warmAt: number | undefined,
): { state: EndpointState; until?: number } {
  const { gates, trial } = endpoint
  if (gates & Gate.REMOVED) return { state: 'draining' }
  if (gates & Gate.WEIGHT) return { state: 'weight-zero' }
  if (gates & Gate.OUTSIDE) return { state: 'outside-subset' }
  if (gates & Gate.UNHEALTHY) return { state: 'unhealthy' }
  if (gates & Gate.FAULT) return { state: 'fault' }
  if (gates & Gate.COOLDOWN) return { state: 'cooldown', until: endpoint.cooldownUntil }
  if (gates === Gate.FULL) return { state: 'full' }
  if (eligible && gates === 0 && warmAt !== undefined) return { state: 'warming-up', until: warmAt }
  if (eligible) return { state: gates === 0 ? 'eligible' : 'panic' }
  if (trial === Trial.RUNNING) return { state: 'trial-running' }
  if (trial === Trial.DUE) return { state: 'trial-due' }
  return { state: gates & Gate.CIRCUIT ? 'circuit-open' : 'ejected', until: trialDueAt(endpoint) }
}
