import { BalancerError, invalidConfig } from '../core/errors.js'
import type { Random } from '../core/random.js'
import { checkChoice, checkDuration, checkFraction, checkNumber, checkObject } from '../core/validate.js'
import { type Accept, type EndpointSpecs, parseList } from '../discovery/reconciler.js'
import type { DiscoverySource } from '../discovery/source.js'
import { checkHealthCheck, type HealthCheckSettings } from '../health/health-check.js'
import { Locality } from '../health/locality.js'
import { OutlierDetection } from '../health/outlier-detection.js'
import type { PriorityLoadOptions } from '../health/priority-load.js'
import { checkRedundancy, type RedundancySettings } from '../health/redundancy-options.js'
import { SlowStart } from '../health/slow-start.js'
import type { Subsetting } from '../health/subsetting.js'
import { type ConcurrencySettings, checkConcurrency } from '../overload/concurrency-options.js'
import { checkThrottle, type ThrottleSettings } from '../overload/throttle.js'
import { leastLatency } from '../policies/least-latency.js'
import type { Policy } from '../policies/policy.js'
import { type CircuitBreakerOptions, checkCircuitBreaker } from '../resilience/circuit-breaker-options.js'
import { checkHedge, type HedgeSettings } from '../resilience/hedge-options.js'
import { checkRetry, type RetrySettings } from '../resilience/retry-options.js'
import { checkRoutes, type RuleSettings } from '../routing/rule.js'
import { type Clock, platformClock } from '../runtime/clock.js'
import { assertCapable, assertDials } from '../transport/capable.js'
import { fetchTransport } from '../transport/fetch-transport.js'
import type { HashKey } from '../transport/request-view.js'
import type { Transport } from '../transport/transport.js'
import type { BalancerOptions, Completion, TimeoutOptions } from './balancer-options.js'
import { checkHashKey } from './hash-key.js'
import { checkName, checkRandom, checkShape } from './option-checks.js'
import { TimeoutSettings } from './time-limit.js'

/** Checked and completed. */
export interface Settings {
  readonly name: string
  readonly specs: EndpointSpecs | undefined
  /** Refuses endpoints that the transport cannot send to. */
  readonly accept: Accept
  readonly discovery: DiscoverySource | undefined
  readonly policy: Policy
  readonly timeout: TimeoutSettings
  readonly retry: RetrySettings
  readonly hedge: HedgeSettings | undefined
  readonly circuitBreaker: Required<CircuitBreakerOptions> | undefined
  readonly outlierDetection: OutlierDetection | undefined
  readonly healthCheck: HealthCheckSettings | undefined
  readonly redundancy: RedundancySettings | undefined
  readonly concurrency: ConcurrencySettings | undefined
  readonly throttle: ThrottleSettings | undefined
  readonly priorities: PriorityLoadOptions
  readonly locality: Locality | undefined
  readonly slowStart: SlowStart | undefined
  readonly subsetting: Subsetting | undefined
  readonly completion: Completion
  readonly transport: Transport
  /** Was the transport left to us? Then `wrapFetch` may send with the fetch that it wraps. */
  readonly defaultTransport: boolean
  readonly hashKey: HashKey | undefined
  readonly routes: readonly RuleSettings[] | undefined
  readonly clock: Clock
  readonly random: Random
}

const KEYS = [
  'name',
  'endpoints',
  'discovery',
  'policy',
  'timeout',
  'retry',
  'hedge',
  'circuitBreaker',
  'outlierDetection',
  'healthCheck',
  'redundancy',
  'concurrency',
  'throttle',
  'panicThreshold',
  'priority',
  'locality',
  'slowStart',
  'subsetting',
  'completion',
  'transport',
  'hashKey',
  'routes',
  'clock',
  'random',
]

/** In ms. */
const ATTEMPT_TIMEOUT = 10_000
const TOTAL_TIMEOUT = 30_000

/** Checks everything at once, at construction. @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkOptions(given: BalancerOptions): Settings {
  checkObject(given, '', KEYS)
  const { endpoints, discovery, circuitBreaker, outlierDetection } = given
  if ((endpoints === undefined) === (discovery === undefined)) {
    const given = endpoints === undefined ? 'neither is' : 'both are'
    throw new BalancerError(
      'ERR_INVALID_CONFIG',
      `Exactly one of the options \`endpoints\` and \`discovery\` is needed; ${given} given.`,
    )
  }
  if (given.policy?.spansPriorities && given.locality !== undefined) {
    const what = `nothing beside a policy that goes by priority itself, ${given.policy.name}(): give near ones a better \`priority\``
    throw invalidConfig('locality', given.locality, what)
  }
  const priority = given.priority ?? {}
  const random = checkRandom(given.random)
  checkObject(priority, 'priority', ['overprovisioningFactor'])
  const transport =
    checkShape(
      given.transport,
      'transport',
      ['send'],
      'a transport: fetchTransport(), or an object with send()',
    ) ?? fetchTransport()
  const source = checkShape(
    discovery,
    'discovery',
    ['watch'],
    'a discovery source: an object with a name and watch()',
  )
  if (source !== undefined) assertDials(source, transport.capabilities)
  const accept: Accept = (spec, path) => assertCapable(spec, path, transport.capabilities)
  return {
    name: checkName(given.name),
    specs: endpoints === undefined ? undefined : parseList(endpoints, 'endpoints', accept),
    accept,
    discovery: source,
    policy:
      checkShape(
        given.policy,
        'policy',
        ['pick'],
        'a policy: leastLatency(), or an object with a name and pick()',
      ) ?? leastLatency(),
    timeout: checkTimeout(given.timeout, 'timeout', new TimeoutSettings(ATTEMPT_TIMEOUT, TOTAL_TIMEOUT)),
    retry: checkRetry(given.retry ?? {}, 'retry'),
    hedge: checkHedge(given.hedge, 'hedge'),
    circuitBreaker: circuitBreaker === false ? undefined : checkCircuitBreaker(circuitBreaker ?? {}),
    outlierDetection:
      outlierDetection === false ? undefined : new OutlierDetection(outlierDetection ?? {}, random),
    healthCheck: checkHealthCheck(given.healthCheck),
    redundancy: checkRedundancy(given.redundancy),
    concurrency: checkConcurrency(given.concurrency),
    throttle: checkThrottle(given.throttle),
    priorities: {
      panicThreshold: checkFraction(given.panicThreshold, 'panicThreshold', 0.5),
      overprovisioningFactor: checkNumber(
        priority.overprovisioningFactor,
        'priority.overprovisioningFactor',
        1.4,
        {
          min: 1,
          max: 1000,
        },
      ),
    },
    locality: given.locality === undefined ? undefined : new Locality(given.locality),
    slowStart: given.slowStart === undefined ? undefined : new SlowStart(given.slowStart),
    subsetting: checkShape(
      given.subsetting,
      'subsetting',
      ['shares'],
      'a subsetting: rendezvousSubset({ id }), or an object with a name and shares()',
    ),
    completion: checkCompletion(given.completion, 'completion', 'headers'),
    transport,
    defaultTransport: given.transport === undefined,
    hashKey: checkHashKey(given.hashKey),
    routes: checkRoutes(given.routes),
    clock:
      checkShape(
        given.clock,
        'clock',
        ['now', 'setTimer', 'clearTimer'],
        'a clock: an object with now(), setTimer() and clearTimer()',
      ) ?? platformClock,
    random,
  }
}

export function checkTimeout(
  given: TimeoutOptions | false | undefined,
  path: string,
  base: TimeoutSettings,
): TimeoutSettings {
  if (given === undefined) return base
  if (given === false) return new TimeoutSettings(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY)
  checkObject(given, path, ['attempt', 'total'])
  return new TimeoutSettings(
    checkLimit(given.attempt, `${path}.attempt`, base.attempt),
    checkLimit(given.total, `${path}.total`, base.total),
  )
}

export function checkCompletion(given: unknown, path: string, fallback: Completion): Completion {
  return checkChoice(given, path, fallback, ['headers', 'body'])
}

function checkLimit(given: number | undefined, path: string, fallback: number): number {
  if (given === undefined) return fallback
  return given === Number.POSITIVE_INFINITY ? given : checkDuration(given, path, fallback)
}
