import { checkChoice, checkDuration, checkNumber, checkObject } from '../core/validate.js'

/** Options of the circuit breaker, named as opossum's; times in ms. */
export interface CircuitBreakerOptions {
  /** The breaker opens when more than this percentage of the calls in the window failed. Default 50. */
  readonly errorThresholdPercentage?: number
  /** ... and there were at least this many calls in the window. Default 10. */
  readonly volumeThreshold?: number
  /**
   * Failures in a row that open it whatever the share of them is, so that a service that has died is not
   * called for as long as its good days outweigh that; 0 for none. Not an option of opossum's. Default 10.
   */
  readonly consecutiveFailures?: number
  /** How long it stays open before one trial call is let through. Default 5 000. */
  readonly resetTimeout?: number
  /** Length of the window. Default 10 000. */
  readonly rollingCountTimeout?: number
  /** In how many steps the window moves. Default 5. */
  readonly rollingCountBuckets?: number
  /**
   * `'endpoint'`: one breaker for each; an open one takes its endpoint out of selection.
   * `'service'`: one for all; while it is open, calls fail at once with `ERR_CIRCUIT_OPEN`.
   * Default `'endpoint'`.
   */
  readonly scope?: 'endpoint' | 'service'
}

const KEYS = [
  'errorThresholdPercentage',
  'volumeThreshold',
  'consecutiveFailures',
  'resetTimeout',
  'rollingCountTimeout',
  'rollingCountBuckets',
  'scope',
]

export function checkCircuitBreaker(given: CircuitBreakerOptions): Required<CircuitBreakerOptions> {
  const path = 'circuitBreaker'
  checkObject(given, path, KEYS)
  const rollingCountTimeout = checkDuration(given.rollingCountTimeout, `${path}.rollingCountTimeout`, 10_000)
  return {
    errorThresholdPercentage: checkNumber(
      given.errorThresholdPercentage,
      `${path}.errorThresholdPercentage`,
      50,
      {
        max: 100,
      },
    ),
    volumeThreshold: checkNumber(given.volumeThreshold, `${path}.volumeThreshold`, 10, {
      min: 1,
      integer: true,
    }),
    consecutiveFailures: checkNumber(given.consecutiveFailures, `${path}.consecutiveFailures`, 10, {
      integer: true,
    }),
    resetTimeout: checkDuration(given.resetTimeout, `${path}.resetTimeout`, 5_000),
    rollingCountTimeout,
    rollingCountBuckets: checkNumber(given.rollingCountBuckets, `${path}.rollingCountBuckets`, 5, {
      min: 1,
      max: Math.min(100, Math.floor(rollingCountTimeout)),
      integer: true,
    }),
    scope: checkChoice(given.scope, `${path}.scope`, 'endpoint', ['endpoint', 'service']),
  }
}
