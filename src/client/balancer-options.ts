import type { EndpointInput } from '../core/endpoint.js'
import type { Random } from '../core/random.js'
import type { DiscoverySource } from '../discovery/source.js'
import type { CheckEndpoint, HealthCheck } from '../health/health-check.js'
import type { LocalityOptions } from '../health/locality.js'
import type { OutlierDetectionOptions } from '../health/outlier/options.js'
import type { RedundancyOptions } from '../health/redundancy-options.js'
import type { SlowStartOptions } from '../health/slow-start.js'
import type { Subsetting } from '../health/subsetting.js'
import type { ConcurrencyOptions } from '../overload/concurrency-options.js'
import type { ThrottleOptions } from '../overload/throttle.js'
import type { Policy } from '../policies/policy.js'
import type { CircuitBreakerOptions } from '../resilience/circuit-breaker-options.js'
import type { HedgeOptions } from '../resilience/hedge-options.js'
import type { RetryOptions } from '../resilience/retry-options.js'
import type { RouteRule } from '../routing/rule.js'
import type { Clock } from '../runtime/clock.js'
import type { HashKey } from '../transport/request-view.js'
import type { Transport } from '../transport/transport.js'

/** Timeouts in ms; `Infinity` for none. */
export interface TimeoutOptions {
  /** From the start of an attempt to its response headers, or to the end of an action. Default 10 000. */
  readonly attempt?: number
  /** For the whole call to that point: waiting for discovery, attempts and pauses. Default 30 000. */
  readonly total?: number
}

/** When an attempt by `fetch` counts as over: at the headers, or at the end of the body. */
export type Completion = 'headers' | 'body'

/** Options of {@link createBalancer}. All but the endpoints have defaults that are safe for production. */
export interface BalancerOptions {
  /** Logical name of the service: events, errors, snapshots. Default `'default'`. */
  readonly name?: string
  /** The endpoints, as a static list; exactly one of `endpoints` and `discovery` is given. */
  readonly endpoints?: readonly EndpointInput[]
  /** A source that finds the endpoints and follows their changes. */
  readonly discovery?: DiscoverySource
  /** Who gets the next attempt. Default `leastLatency()`. */
  readonly policy?: Policy
  /** `false` for no timeouts at all. Default 10 s an attempt, 30 s a call. */
  readonly timeout?: TimeoutOptions | false
  /** `false` for no retries. Default 3 attempts of what is idempotent or was never sent, budgeted. */
  readonly retry?: RetryOptions | false
  /** Sends what is idempotent, and slow, to a second endpoint as well; out of the retry budget. Default: no. */
  readonly hedge?: HedgeOptions | false
  /** `false` for none. Default: one for each endpoint. */
  readonly circuitBreaker?: CircuitBreakerOptions | false
  /** `false` for none. Default: on. */
  readonly outlierDetection?: OutlierDetectionOptions | false
  /**
   * Looks at endpoints beside the calls: `httpCheck({ path })`, a function, or an object with one and a
   * schedule. `false` for none. Default: none.
   */
  readonly healthCheck?: HealthCheck | CheckEndpoint | false
  /**
   * How many endpoints the traffic needs, and how many more ought to be able to fail: told in snapshots, by
   * events, and by `canLose`. `false` for none. Default: none.
   */
  readonly redundancy?: RedundancyOptions | false
  /**
   * How many attempts may be in flight, at each endpoint and in all, and where calls wait for room. `false` for
   * no limits. Default: none.
   */
  readonly concurrency?: ConcurrencyOptions | false
  /**
   * Refuses calls here that the service would turn away, once it turns away too many; `{}` for the defaults,
   * `false` for never. Default: never.
   */
  readonly throttle?: ThrottleOptions | false
  /**
   * Below this share of eligible endpoints ejections are overridden, 0 to 1; 0 turns panic mode off.
   * Default 0.5, as Envoy.
   */
  readonly panicThreshold?: number
  /** How traffic spills over to endpoints of the next priority. */
  readonly priority?: {
    /**
     * A priority takes all of its traffic while eligible / total x this is at least 1. Default 1.4, as
     * Envoy: traffic begins to spill when fewer than 71 % are eligible.
     */
    readonly overprovisioningFactor?: number
  }
  /** Prefers endpoints that are near. Default: none is. */
  readonly locality?: LocalityOptions
  /** Lets endpoints that are new or back warm up. Default: they get their whole share at once. */
  readonly slowStart?: SlowStartOptions
  /**
   * Uses only some endpoints of a large fleet: `rocksteadierSubset`, `apertureSubset` or
   * `rendezvousSubset`. Default: all.
   */
  readonly subsetting?: Subsetting
  /**
   * When a `fetch` is no longer in flight: at its headers, or at the end of its body; then bodies have
   * to be read or cancelled. Default `'headers'`.
   */
  readonly completion?: Completion
  /** Who sends one attempt to one endpoint. Default `fetchTransport()`. */
  readonly transport?: Transport
  /**
   * What a request is told by, for policies that send the same key to the same endpoint (`ringHash`,
   * `maglev`, `rendezvous`). A call's own `hashKey` goes first. Default: no key, any endpoint.
   */
  readonly hashKey?: HashKey
  /** Sends some calls to subsets of the endpoints; the first rule that a call matches decides. Default: none. */
  readonly routes?: readonly RouteRule[]
  /** Time and timers. Default: the platform's. */
  readonly clock?: Clock
  /** Random numbers in [0, 1). Default `Math.random`. */
  readonly random?: Random
}
