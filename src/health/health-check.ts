import type { Endpoint } from '../core/endpoint.js'
import { invalidConfig } from '../core/errors.js'
import {
  checkBoolean,
  checkDuration,
  checkFraction,
  checkNumber,
  checkObject,
  checkText,
} from '../core/validate.js'

/** What a check is given beside the endpoint. */
export interface CheckContext {
  /** Aborted when the check is late, or not wanted any more. */
  readonly signal: AbortSignal
  /**
   * Sends a request by the balancer's transport, as calls are. It is aborted by the signal, and at the end of
   * the check; bodies that were not read by then are cancelled.
   */
  send(url: string, init?: Omit<RequestInit, 'signal'>): Promise<Response>
}

/**
 * Looks whether an endpoint is well. It is not, if this throws, rejects, is late, says `false`, or gives a
 * `Response` with a status of 400 or more.
 */
export type CheckEndpoint = (endpoint: Endpoint, context: CheckContext) => unknown

/** When endpoints are checked, and how results are taken; times in ms. */
export interface HealthCheckSchedule {
  /** From the end of a check to the next one of the same endpoint. Default 5 000, as nginx. */
  readonly interval?: number
  /**
   * The same while results speak against what is held of an endpoint, or calls have got it ejected:
   * HAProxy's `fastinter`. Default 1 000, or `interval` where that is less.
   */
  readonly fastInterval?: number
  /**
   * The same while there are no calls at all and the endpoint is well: Envoy's `no_traffic_interval`.
   * Default 60 000, or `interval` where that is more.
   */
  readonly idleInterval?: number
  /** By how much of itself an interval varies, so that clients do not check in step; 0 to 1. Default 0.1. */
  readonly jitter?: number
  /** After so long a check has failed. Default 2 000. */
  readonly timeout?: number
  /** Good results in a row until an endpoint that was unhealthy is well again. Default 2, as HAProxy. */
  readonly rise?: number
  /** Bad results in a row until an endpoint is unhealthy. Default 3, as HAProxy. */
  readonly fall?: number
  /** Checks under way at the same time. Default 32. */
  readonly maxParallel?: number
  /**
   * Does an endpoint get calls only once a check has found it well? Then first calls wait for that, or
   * until all have been looked at, whatever subset they are for. Default `false`: it is taken to be well until something speaks against it.
   */
  readonly beforeTraffic?: boolean
}

/** Active health checks: how an endpoint is looked at, and when. */
export interface HealthCheck extends HealthCheckSchedule {
  /** For snapshots. Default `'custom'`. */
  readonly name?: string
  readonly check: CheckEndpoint
}

/** One of the library's own, which all have names. */
export interface NamedHealthCheck extends HealthCheck {
  readonly name: string
}

/** Checked and completed. */
export type HealthCheckSettings = Required<HealthCheck>

export const SCHEDULE_KEYS = [
  'interval',
  'fastInterval',
  'idleInterval',
  'jitter',
  'timeout',
  'rise',
  'fall',
  'maxParallel',
  'beforeTraffic',
]

/** Those of its options that say when, for checks that are made of options of their own. */
export function scheduleOf(options: HealthCheckSchedule): HealthCheckSchedule {
  return Object.fromEntries(Object.entries(options).filter(([key]) => SCHEDULE_KEYS.includes(key)))
}

const WANTED = 'false, a function (endpoint, { signal }) => result, or httpCheck({ path })'

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkHealthCheck(
  given: HealthCheck | CheckEndpoint | false | undefined,
): HealthCheckSettings | undefined {
  if (given === undefined || given === false) return undefined
  const path = 'healthCheck'
  if (typeof given === 'function') return completeCheck({ check: given }, path)
  if (typeof given !== 'object' || given === null) throw invalidConfig(path, given, WANTED)
  checkObject(given, path, ['name', 'check', ...SCHEDULE_KEYS])
  return completeCheck(given, path)
}

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function completeCheck(given: HealthCheck, path: string): HealthCheckSettings {
  if (typeof given.check !== 'function') {
    throw invalidConfig(`${path}.check`, given.check, 'a function (endpoint, { signal }) => result')
  }
  const times = (name: 'rise' | 'fall' | 'maxParallel', fallback: number) =>
    checkNumber(given[name], `${path}.${name}`, fallback, { min: 1, max: 10_000, integer: true })
  const interval = checkDuration(given.interval, `${path}.interval`, 5_000)
  return {
    name: given.name === undefined ? 'custom' : checkText(given.name, `${path}.name`),
    check: given.check,
    interval,
    fastInterval: checkDuration(given.fastInterval, `${path}.fastInterval`, Math.min(interval, 1_000)),
    idleInterval: checkDuration(given.idleInterval, `${path}.idleInterval`, Math.max(interval, 60_000)),
    jitter: checkFraction(given.jitter, `${path}.jitter`, 0.1),
    timeout: checkDuration(given.timeout, `${path}.timeout`, 2_000),
    rise: times('rise', 2),
    fall: times('fall', 3),
    maxParallel: times('maxParallel', 32),
    beforeTraffic: checkBoolean(given.beforeTraffic, `${path}.beforeTraffic`) ?? false,
  }
}
