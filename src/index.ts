/**
 * Client-side load balancing: discovery, selection, health and resilience in process.
 * @packageDocumentation
 */
export type { Action, AttemptInfo, Classify } from './client/action-call.js'
export type {
  BalancedFetch,
  BalancedRequestInit,
  Balancer,
  CallOptions,
  ExecuteOptions,
  FetchCallOptions,
} from './client/balancer.js'
export { createBalancer } from './client/create-balancer.js'
export type { HashKey } from './client/hash-key.js'
export type { BalancerOptions, Completion, TimeoutOptions } from './client/options.js'
export type { Pick, PickOptions } from './client/pick.js'
export type { BalancerSnapshot, EndpointSnapshot, EndpointState } from './client/snapshot.js'
export { wrapFetch } from './client/wrap-fetch.js'
export type { Endpoint, EndpointInput, EndpointOptions } from './core/endpoint.js'
export {
  type AttemptRecord,
  BalancerError,
  type BalancerErrorCode,
  type BalancerErrorDetails,
  isBalancerError,
} from './core/errors.js'
export type { LoadReport } from './core/load-report.js'
export type { Outcome, OutcomeKind, Progress } from './core/outcome.js'
export type { Random } from './core/random.js'
export type { DiscoverySink, DiscoverySource, DiscoveryWatch } from './discovery/source.js'
export type { OutlierDetectionOptions } from './health/outlier-detection.js'
export { type LeastLatencyOptions, leastLatency } from './policies/least-latency.js'
export { leastRequest } from './policies/least-request.js'
export { type LeastTimeOptions, leastTime } from './policies/least-time.js'
export { type PeakEwmaOptions, peakEwma } from './policies/peak-ewma.js'
export type { PickContext, Policy, PolicyView } from './policies/policy.js'
export { random } from './policies/random.js'
export { roundRobin } from './policies/round-robin.js'
export type { CircuitBreakerOptions } from './resilience/circuit-breaker-options.js'
export { type RetryBudget, type RetryBudgetOptions, retryBudget } from './resilience/retry-budget.js'
export type { RetryContext, RetryOptions } from './resilience/retry-options.js'
export type { Clock } from './runtime/clock.js'
export type { BalancerEventName, BalancerEvents, BalancerListener } from './telemetry/events.js'
export { type FetchLike, type FetchTransportOptions, fetchTransport } from './transport/fetch-transport.js'
export type { RequestView } from './transport/request-view.js'
export type { ErrorVerdict, Transport } from './transport/transport.js'
