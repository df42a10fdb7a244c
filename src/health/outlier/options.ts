import { checkDuration, checkFraction, checkNumber, checkObject } from '../../core/validate.js'

/**
 * Options of outlier detection, named as Envoy's where it has them; times in ms.
 *
 * Source: Envoy `OutlierDetection`; the rules against peers and that for overdue calls are our own.
 */
export interface OutlierDetectionOptions {
  /** Failures in a row, of any kind, that eject an endpoint; 0 turns the rule off. Default 5. */
  readonly consecutiveFailures?: number
  /**
   * Answers 502, 503 and 504 in a row that eject an endpoint; 0 turns the rule off. Mixed with
   * failures of local origin they eject when both together are as many as the higher of the two limits.
   * Default 3.
   */
  readonly consecutiveGatewayFailures?: number
  /**
   * Times in a row that nothing came back (connections refused or broken, timeouts) that eject an endpoint; 0
   * turns the rule off. Default 3.
   */
  readonly consecutiveLocalOriginFailures?: number
  /**
   * Ejects an endpoint when at least this share of its calls failed, of at least `minCalls`; 0 turns the rule off.
   * Default 0.85, as Envoy's failure percentage.
   */
  readonly failureShare?: number
  /**
   * Ejects an endpoint when the share of its calls that failed exceeds that of all others by at least this
   * much, is at least twice theirs, and that is no chance (p < 0.0001, Fisher's exact test); 0 turns the rule off.
   * Default 0.1.
   */
  readonly peerFailureDifference?: number
  /**
   * Ejects an endpoint whose answers take more than this many times as long as the median of its peers, which are
   * those of the same priority and region, two intervals in a row; 0 turns the rule off. Default 0: the default
   * policy steers by latency already. 3 is good for hashing and round robin.
   */
  readonly latencyFactor?: number
  /** ... and by at least so much longer. Default 50. */
  readonly minLatencyDifference?: number
  /**
   * Ejects an endpoint that two calls or more wait for, when it has been silent for more than this many times
   * as long as 99 % of answers took lately, while others answered; 0 turns the rule off. Default 3.
   */
  readonly overdueFactor?: number
  /** ... and for at least so long. Default 150. */
  readonly minOverdue?: number
  /** Calls without which `failureShare` and `latencyFactor` do not judge. Default 10. */
  readonly minCalls?: number
  /**
   * How often latencies are compared, and how often an endpoint that behaves is forgiven one past
   * ejection. Default 10 000.
   */
  readonly interval?: number
  /** How long the first ejection lasts; the n-th lasts n times as long. Default 5 000. */
  readonly baseEjectionTime?: number
  /** The longest an ejection lasts, before jitter. Default 300 000. */
  readonly maxEjectionTime?: number
  /**
   * By up to which share of itself an ejection is lengthened at random, so that many clients do not come back
   * at once; 0 to 1. Default 0.1.
   */
  readonly jitter?: number
  /**
   * The greatest share of the endpoints that may be ejected at once, from 0 to 1. One endpoint may
   * always be, if `minAvailable` others are left, whatever the share of a small fleet comes to.
   * Default 0.5.
   */
  readonly maxEjectedShare?: number
  /** How many endpoints an ejection must leave eligible; so the last one never goes. Default 1. */
  readonly minAvailable?: number
}

/** Checked and completed. */
export type OutlierSettings = Required<OutlierDetectionOptions>

const KEYS = [
  'consecutiveFailures',
  'consecutiveGatewayFailures',
  'consecutiveLocalOriginFailures',
  'failureShare',
  'peerFailureDifference',
  'latencyFactor',
  'minLatencyDifference',
  'overdueFactor',
  'minOverdue',
  'minCalls',
  'interval',
  'baseEjectionTime',
  'maxEjectionTime',
  'jitter',
  'maxEjectedShare',
  'minAvailable',
]

type Name = keyof OutlierDetectionOptions

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkOutlierDetection(given: OutlierDetectionOptions): OutlierSettings {
  const path = 'outlierDetection'
  checkObject(given, path, KEYS)
  const count = (name: Name, fallback: number, min = 0) =>
    checkNumber(given[name], `${path}.${name}`, fallback, { min, integer: true })
  const share = (name: Name, fallback: number) => checkFraction(given[name], `${path}.${name}`, fallback)
  const time = (name: Name, fallback: number) => checkDuration(given[name], `${path}.${name}`, fallback)
  return {
    consecutiveFailures: count('consecutiveFailures', 5),
    consecutiveGatewayFailures: count('consecutiveGatewayFailures', 3),
    consecutiveLocalOriginFailures: count('consecutiveLocalOriginFailures', 3),
    failureShare: share('failureShare', 0.85),
    peerFailureDifference: share('peerFailureDifference', 0.1),
    latencyFactor: factor(given.latencyFactor, `${path}.latencyFactor`, 0),
    minLatencyDifference: time('minLatencyDifference', 50),
    overdueFactor: factor(given.overdueFactor, `${path}.overdueFactor`, 3),
    minOverdue: time('minOverdue', 150),
    minCalls: count('minCalls', 10, 1),
    interval: time('interval', 10_000),
    baseEjectionTime: time('baseEjectionTime', 5_000),
    maxEjectionTime: time('maxEjectionTime', 300_000),
    jitter: share('jitter', 0.1),
    maxEjectedShare: share('maxEjectedShare', 0.5),
    minAvailable: Math.max(1, count('minAvailable', 1)),
  }
}

/** How many times as long as others: 0 for never, or at least 1. */
function factor(given: unknown, path: string, fallback: number): number {
  return given === 0
    ? 0
    : checkNumber(given, path, fallback, { min: given === undefined ? 0 : 1, max: 1_000 })
}
