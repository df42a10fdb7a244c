import { Gate, type LiveEndpoint, Trial, trialDueAt } from '../core/endpoint.js'
import type { EndpointSet } from '../core/endpoint-set.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { describe } from '../core/errors.js'
import { type RouteSnapshot, routesOf, type SubsetSnapshot, subsetsOf } from '../routing/route-snapshot.js'
import type { Router } from '../routing/router.js'
import type { Desk } from './desk.js'
import type { Settings } from './options.js'

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
  /** It asked to be left alone, until `until`. */
  | 'cooldown'
  /** Its weight is 0. */
  | 'weight-zero'
  /** It is new or back, and gets less than its weight until `until`. */
  | 'warming-up'
  /** It is not in the subset of the fleet that this process uses. */
  | 'outside-subset'
  /** It left the list and is finishing what it has. */
  | 'draining'

/** One endpoint as it is now. */
export interface EndpointSnapshot {
  readonly id: string
  readonly url: string
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
  /** Smoothed time to an answer in ms; missing until there was one. */
  readonly latency?: number
  /** Attempts that were sent to it. */
  readonly calls: number
  readonly successes: number
  readonly failures: number
  readonly consecutiveFailures: number
  /** By how much its next ejection is lengthened. */
  readonly ejections: number
}

/** A balancer as it is now: plain JSON. */
export interface BalancerSnapshot {
  readonly name: string
  readonly time: number
  readonly policy: string
  readonly closed: boolean
  readonly discovery: {
    readonly source: string
    /** Has there ever been a list? */
    readonly arrived: boolean
    /** When the list last came, for a source. */
    readonly updatedAt?: number
    /** What last went wrong since then. */
    readonly error?: string
  }
  /** Are ejections overridden anywhere? */
  readonly panic: boolean
  readonly priorities: readonly {
    readonly priority: number
    /** Share of the traffic, 0 to 1. */
    readonly load: number
    readonly panic: boolean
    readonly eligible: number
    readonly total: number
    /** With `locality`: the zones, or what is near, in the words of its mode. */
    readonly parts?: readonly {
      readonly name: string
      readonly eligible: number
      readonly total: number
      readonly inFlight: number
    }[]
  }[]
  /** With `locality`: where this process is, and how it prefers what is near. */
  readonly locality?: { readonly zone: string; readonly mode: 'local-first' | 'zone-aware' }
  /** With `subsetting`: how many endpoints this process uses, and of how many. */
  readonly subsetting?: { readonly name: string; readonly size: number; readonly total: number }
  /** The service's own breaker, with `circuitBreaker.scope: 'service'`. */
  readonly circuit?: { readonly state: 'closed' | 'open' | 'half-open'; readonly until?: number }
  readonly retryBudget: { readonly balance: number }
  readonly counts: {
    readonly calls: number
    readonly attempts: number
    readonly retries: number
    /** Calls that ended with an error. */
    readonly failures: number
    /** Picks of an ejected endpoint, in panic mode. */
    readonly panicPicks: number
    /** Copies of calls that were sent (`mirror`). */
    readonly mirrored: number
    /** Calls that should have been copied and were not. */
    readonly mirrorsSkipped: number
  }
  /** The rules in their order, when there are any. */
  readonly routes?: readonly RouteSnapshot[]
  /** Subsets that calls asked for themselves, when there were such calls: those used last, the last one last. */
  readonly subsets?: readonly SubsetSnapshot[]
  readonly endpoints: readonly EndpointSnapshot[]
}

const REASONS: Readonly<Record<EndpointState, string>> = {
  eligible: 'all is well',
  panic: 'ejected, but used because too few others are left',
  ejected: 'ejected by outlier detection',
  'circuit-open': 'its circuit breaker is open',
  'trial-due': 'its time is up, the next suitable call tries it out',
  'trial-running': 'a call is trying it out',
  cooldown: 'it asked to be left alone (Retry-After)',
  'warming-up': 'it is new or back, and warms up (slow start)',
  'outside-subset': 'it is not in the subset of the fleet that this process uses',
  'weight-zero': 'its weight is 0, which means "no new calls"',
  draining: 'it left the list and is finishing its calls',
}

/** Puts the state of a balancer into words and numbers. */
export function takeSnapshot(desk: Desk, router: Router, settings: Settings, now: number): BalancerSnapshot {
  const { engine, feed, closed } = desk
  const { endpoints, serviceCircuit, gatekeeper } = engine
  const { policy, locality, subsetting, retry } = settings
  const circuit = serviceCircuit?.state
  const routes = routesOf(router)
  const subsets = subsetsOf(router)
  return {
    name: engine.name,
    time: now,
    policy: policy.name,
    closed,
    discovery: {
      source: feed.source,
      arrived: feed.arrived,
      ...(feed.updatedAt !== undefined && { updatedAt: feed.updatedAt }),
      ...(feed.error !== undefined && { error: textOf(feed.error) }),
    },
    panic: endpoints.tiers.some((tier) => tier.panic),
    priorities: endpoints.tiers.map(({ priority, load, panic, eligible, weighted, parts }) => ({
      priority,
      load,
      panic,
      eligible,
      total: weighted,
      ...(locality !== undefined && { parts: [...parts].map(([name, part]) => partSnapshot(name, part)) }),
    })),
    ...(locality !== undefined && { locality: { zone: locality.zone, mode: locality.mode } }),
    ...(subsetting !== undefined && {
      subsetting: { name: subsetting.name, size: countInside(endpoints), total: endpoints.count },
    }),
    ...(circuit !== undefined && {
      circuit: { state: circuit, ...(circuit === 'open' && { until: serviceCircuit?.openUntil ?? now }) },
    }),
    retryBudget: { balance: retry.budget.balance(now) },
    counts: { ...engine.totals },
    ...(routes.length > 0 && { routes }),
    ...(subsets.length > 0 && { subsets }),
    endpoints: [...endpoints.all(), ...endpoints.draining()].map((endpoint) =>
      endpointSnapshot(endpoint, isPicked(endpoint), gatekeeper.warmAt(endpoint)),
    ),
  }

  function isPicked(endpoint: LiveEndpoint): boolean {
    return endpoints.tiers.some(({ all }) => all.has(endpoint))
  }
}

/** A source may fail with anything. */
function textOf(error: unknown): string {
  return error instanceof Error || typeof error === 'string' ? String(error) : describe(error)
}

function partSnapshot(name: string, { eligible, weighted, inFlight }: EndpointTable) {
  return { name, eligible, total: weighted, inFlight }
}

function countInside(endpoints: EndpointSet): number {
  return endpoints.tiers.reduce((sum, { all }) => sum + all.total, 0)
}

function endpointSnapshot(
  endpoint: LiveEndpoint,
  eligible: boolean,
  warmAt: number | undefined,
): EndpointSnapshot {
  const { id, url, weight, effectiveWeight, priority, zone, region, metadata, inFlight, latency } = endpoint
  const { calls, successes, failures, consecutiveFailures, ejections } = endpoint
  const { state, until } = stateOf(endpoint, eligible, warmAt)
  return {
    id,
    url,
    weight,
    ...(effectiveWeight !== weight && { effectiveWeight }),
    priority,
    ...(zone !== undefined && { zone }),
    ...(region !== undefined && { region }),
    metadata,
    eligible,
    state,
    reason: REASONS[state],
    ...(until !== undefined && { until }),
    inFlight,
    ...(!Number.isNaN(latency) && { latency }),
    calls,
    successes,
    failures,
    consecutiveFailures,
    ejections,
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
  if (gates & Gate.COOLDOWN) return { state: 'cooldown', until: endpoint.cooldownUntil }
  if (eligible && gates === 0 && warmAt !== undefined) return { state: 'warming-up', until: warmAt }
  if (eligible) return { state: gates === 0 ? 'eligible' : 'panic' }
  if (trial === Trial.RUNNING) return { state: 'trial-running' }
  if (trial === Trial.DUE) return { state: 'trial-due' }
  return { state: gates & Gate.CIRCUIT ? 'circuit-open' : 'ejected', until: trialDueAt(endpoint) }
}
