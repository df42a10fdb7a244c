/**
 * Client-side load balancing: discovery, selection, health and resilience in process.
 * @packageDocumentation
 */
export type { Action, AttemptInfo, Classify, CompletionOf, LoadOf } from './client/action-call.js'
export type {
  BalancedFetch,
  BalancedRequestInit,
  Balancer,
  CallOptions,
  ExecuteOptions,
  FetchCallOptions,
} from './client/balancer.js'
export type { BalancerOptions, Completion, TimeoutOptions } from './client/balancer-options.js'
export type { ConcurrencySnapshot } from './client/concurrency-snapshot.js'
export { createBalancer } from './client/create-balancer.js'
export type { EndpointSnapshot, EndpointState } from './client/endpoint-snapshot.js'
export { type FailoverOptions, failover } from './client/failover.js'
export type { Loss, LossVerdict } from './client/loss.js'
export type { FailoverSnapshot, MasterSnapshot } from './client/master-snapshot.js'
export type { Pick, PickOptions } from './client/pick.js'
export type { RedundancySnapshot } from './client/redundancy-snapshot.js'
export { type RequestTracker, type RequestTrackerOptions, requestTracker } from './client/request-tracker.js'
export type { BalancerSnapshot } from './client/snapshot.js'
export type { TrackedCheck } from './client/tracked-check.js'
export { wrapFetch } from './client/wrap-fetch.js'
export type { EjectionCause } from './core/ejection.js'
export type { Endpoint, EndpointInput, EndpointOptions } from './core/endpoint.js'
export {
  type AttemptRecord,
  BalancerError,
  type BalancerErrorCode,
  type BalancerErrorDetails,
  isBalancerError,
} from './core/errors.js'
export type { LoadReport } from './core/load-report.js'
export type { MasterReason } from './core/master-reason.js'
export type { Outcome, OutcomeKind, Progress, Timing } from './core/outcome.js'
export type { Random } from './core/random.js'
export type {
  DiscoveryContext,
  DiscoverySink,
  DiscoverySource,
  DiscoveryWatch,
} from './discovery/source.js'
export type {
  CheckContext,
  CheckEndpoint,
  HealthCheck,
  HealthCheckSchedule,
  NamedHealthCheck,
} from './health/health-check.js'
export { type HttpCheckOptions, httpCheck } from './health/http-check.js'
export type { LocalityOptions } from './health/locality.js'
export type { OutlierDetectionOptions } from './health/outlier/options.js'
export type {
  LoadMeasure,
  RedundancyCapacity,
  RedundancyOptions,
} from './health/redundancy-options.js'
export type { SlowStartOptions } from './health/slow-start.js'
export { apertureSubset } from './health/subset-aperture.js'
export { type RendezvousSubsetOptions, rendezvousSubset } from './health/subset-rendezvous.js'
export { rocksteadierSubset } from './health/subset-rocksteadier.js'
export type { SubsetMember, SubsetPlace, Subsetting } from './health/subsetting.js'
export type { ZoneClients } from './health/zone-shares.js'
export { type AdaptiveLimit, type AdaptiveLimitOptions, adaptiveLimit } from './overload/adaptive-limit.js'
export type { CallPriority } from './overload/call-priority.js'
export type { ConcurrencyOptions, QueueOptions, QueueOrder } from './overload/concurrency-options.js'
export type { ThrottleOptions } from './overload/throttle.js'
export { type LeastLatencyOptions, leastLatency } from './policies/least-latency.js'
export { type LeastRequestOptions, leastRequest } from './policies/least-request.js'
export { type LeastTimeOptions, leastTime } from './policies/least-time.js'
export { type MaglevOptions, maglev } from './policies/maglev.js'
export { type PeakEwmaOptions, peakEwma } from './policies/peak-ewma.js'
export { type PickFirstOptions, pickFirst } from './policies/pick-first.js'
export type { PickContext, Policy, PolicyView } from './policies/policy.js'
export { type PrequalOptions, prequal } from './policies/prequal.js'
export type { ProbeOptions, ProbeResult } from './policies/prober.js'
export { random } from './policies/random.js'
export { type RendezvousOptions, rendezvous } from './policies/rendezvous.js'
export { type RingHashOptions, ringHash } from './policies/ring-hash.js'
export { roundRobin } from './policies/round-robin.js'
export { type StickyOptions, type StickyPolicy, sticky } from './policies/sticky.js'
export { type WeightedByLoadOptions, weightedByLoad } from './policies/weighted-by-load.js'
export { ATTEMPT_HEADER, attemptOf, type IncomingHeaders } from './resilience/attempt-header.js'
export type { CircuitBreakerOptions } from './resilience/circuit-breaker-options.js'
export type { HedgeOptions, Percentile } from './resilience/hedge-options.js'
export { type RetryBudget, type RetryBudgetOptions, retryBudget } from './resilience/retry-budget.js'
export type { RetryContext, RetryOptions } from './resilience/retry-options.js'
export type { PathMatch, RouteMatch, RoutePredicate, TextMatch } from './routing/match.js'
export type { MirrorOptions } from './routing/mirror-options.js'
export type { MirrorSkip } from './routing/mirror-target.js'
export type { MirrorSnapshot, RouteSnapshot, SubsetSnapshot } from './routing/route-snapshot.js'
export type { RouteRule, RouteTarget } from './routing/rule.js'
export type { Subset, SubsetValue } from './routing/subset.js'
export type { Clock } from './runtime/clock.js'
export type { LoopWatch } from './runtime/loop-watch.js'
export type {
  BalancerEventName,
  BalancerEvents,
  BalancerListener,
  RedundancyNumbers,
} from './telemetry/events.js'
export { byClientIp, type ClientIpOptions } from './transport/client-ip.js'
export { type FetchLike, type FetchTransportOptions, fetchTransport } from './transport/fetch-transport.js'
export { formatLoadReport, LOAD_HEADER } from './transport/format-load-report.js'
export { byCookie, byHeader, byQuery, firstOf } from './transport/request-keys.js'
export type { HashKey, RequestView } from './transport/request-view.js'
export {
  type SessionHeaders,
  type StickySession,
  type StickySessionOptions,
  stickySession,
} from './transport/sticky-session.js'
export type { ErrorVerdict, Transport, TransportCapabilities } from './transport/transport.js'
