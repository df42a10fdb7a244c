import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointSet } from '../core/endpoint-set.js'
import { isFailure, isGatewayFailure, type OutcomeKind } from '../core/outcome.js'
import { checkDuration, checkFraction, checkNumber, checkObject } from '../core/validate.js'

/**
 * Options of outlier detection, named as Envoy's; times in ms.
 *
 * Source: Envoy `OutlierDetection`.
 */
export interface OutlierDetectionOptions {
  /** Failures in a row, of any kind, that eject an endpoint; 0 turns the rule off. Default 5. */
  readonly consecutiveFailures?: number
  /**
   * Failures in a row that mean "nobody able to answer is there": 502, 503, 504, refused or broken
   * connections, timeouts; 0 turns the rule off. Default 3.
   */
  readonly consecutiveGatewayFailures?: number
  /** How often an endpoint that behaves is forgiven one past ejection. Default 10 000. */
  readonly interval?: number
  /** How long the first ejection lasts; the n-th lasts n times as long. Default 5 000. */
  readonly baseEjectionTime?: number
  /** The longest an ejection lasts. Default 300 000. */
  readonly maxEjectionTime?: number
  /**
   * The greatest share of the endpoints that may be ejected at once, from 0 to 1. One endpoint may
   * always be, if `minAvailable` others are left, whatever the share of a small fleet comes to.
   * Default 0.5.
   */
  readonly maxEjectedShare?: number
  /** How many endpoints an ejection must leave eligible; so the last one never goes. Default 1. */
  readonly minAvailable?: number
}

/** The rule that ejected an endpoint. */
export type EjectionRule = 'consecutive-failures' | 'consecutive-gateway-failures' | 'trial-failed'

const KEYS = [
  'consecutiveFailures',
  'consecutiveGatewayFailures',
  'interval',
  'baseEjectionTime',
  'maxEjectionTime',
  'maxEjectedShare',
  'minAvailable',
]

/** Counts failures in a row and decides who is ejected, and for how long. */
export class OutlierDetection {
  readonly #options: Required<OutlierDetectionOptions>
  /** Endpoints with past ejections to be forgiven. */
  readonly #marked = new Set<LiveEndpoint>()
  #sweptAt = Number.NaN

  constructor(given: OutlierDetectionOptions) {
    const path = 'outlierDetection'
    checkObject(given, path, KEYS)
    const count = (
      name: 'consecutiveFailures' | 'consecutiveGatewayFailures' | 'minAvailable',
      fallback: number,
    ) => checkNumber(given[name], `${path}.${name}`, fallback, { integer: true })
    this.#options = {
      consecutiveFailures: count('consecutiveFailures', 5),
      consecutiveGatewayFailures: count('consecutiveGatewayFailures', 3),
      interval: checkDuration(given.interval, `${path}.interval`, 10_000),
      baseEjectionTime: checkDuration(given.baseEjectionTime, `${path}.baseEjectionTime`, 5_000),
      maxEjectionTime: checkDuration(given.maxEjectionTime, `${path}.maxEjectionTime`, 300_000),
      maxEjectedShare: checkFraction(given.maxEjectedShare, `${path}.maxEjectedShare`, 0.5),
      minAvailable: Math.max(1, count('minAvailable', 1)),
    }
  }

  /** Counts one outcome. Says which rule, if any, now calls for an ejection. */
  observe(endpoint: LiveEndpoint, kind: OutcomeKind): EjectionRule | undefined {
    if (kind === 'success') {
      endpoint.consecutiveFailures = 0
      endpoint.consecutiveGatewayFailures = 0
      return undefined
    }
    if (!isFailure(kind)) return undefined
    endpoint.consecutiveFailures++
    endpoint.consecutiveGatewayFailures = isGatewayFailure(kind) ? endpoint.consecutiveGatewayFailures + 1 : 0
    const { consecutiveFailures, consecutiveGatewayFailures } = this.#options
    if (consecutiveGatewayFailures > 0 && endpoint.consecutiveGatewayFailures >= consecutiveGatewayFailures) {
      return 'consecutive-gateway-failures'
    }
    if (consecutiveFailures > 0 && endpoint.consecutiveFailures >= consecutiveFailures)
      return 'consecutive-failures'
    return undefined
  }

  /** May one more endpoint be ejected? */
  mayEject(endpoints: EndpointSet): boolean {
    const { maxEjectedShare, minAvailable } = this.#options
    const most = Math.max(1, Math.floor(endpoints.weighted * maxEjectedShare))
    return endpoints.ejected < most && endpoints.eligible - 1 >= minAvailable
  }

  /** Counts an ejection and says until when it lasts. */
  eject(endpoint: LiveEndpoint, now: number): number {
    const { baseEjectionTime, maxEjectionTime } = this.#options
    // No higher than what reaches the maximum, or it would take as long to come down again.
    endpoint.ejections = Math.min(endpoint.ejections + 1, Math.ceil(maxEjectionTime / baseEjectionTime))
    this.#marked.add(endpoint)
    return now + Math.min(baseEjectionTime * endpoint.ejections, maxEjectionTime)
  }

  /** An ejected endpoint has shown that it works: it starts with a clean slate. */
  readmit(endpoint: LiveEndpoint): void {
    endpoint.consecutiveFailures = 0
    endpoint.consecutiveGatewayFailures = 0
  }

  /** Once an interval, every endpoint that is not ejected is forgiven one past ejection. */
  sweep(now: number, isEjected: (endpoint: LiveEndpoint) => boolean): void {
    if (this.#marked.size === 0) {
      this.#sweptAt = now
      return
    }
    const intervals = Math.floor((now - this.#sweptAt) / this.#options.interval)
    if (!(intervals > 0)) {
      if (Number.isNaN(this.#sweptAt)) this.#sweptAt = now
      return
    }
    this.#sweptAt += intervals * this.#options.interval
    for (const endpoint of this.#marked) {
      if (isEjected(endpoint)) continue
      endpoint.ejections = Math.max(0, endpoint.ejections - intervals)
      if (endpoint.ejections === 0) this.#marked.delete(endpoint)
    }
  }

  /** When the next sweep has something to do; never, when nobody is marked. */
  get nextSweep(): number {
    return this.#marked.size === 0 ? Number.POSITIVE_INFINITY : this.#sweptAt + this.#options.interval
  }

  forget(endpoint: LiveEndpoint): void {
    this.#marked.delete(endpoint)
  }
}
