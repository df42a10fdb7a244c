import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointSet } from '../core/endpoint-set.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import type { SourceStatus } from '../discovery/source-status.js'
import { rankOf } from '../policies/mastership.js'
import { type RouteSnapshot, routesOf, type SubsetSnapshot, subsetsOf } from '../routing/route-snapshot.js'
import type { Router } from '../routing/router.js'
import type { ConcurrencySnapshot } from './concurrency-snapshot.js'
import type { Desk } from './desk.js'
import { type EndpointSnapshot, endpointSnapshot } from './endpoint-snapshot.js'
import type { FailoverSnapshot } from './master-snapshot.js'
import type { Settings } from './options.js'
import { type RedundancySnapshot, redundancySnapshot } from './redundancy-snapshot.js'

/** A balancer as it is now: plain JSON. */
export interface BalancerSnapshot {
  readonly name: string
  readonly time: number
  readonly policy: string
  readonly closed: boolean
  /** Where the list comes from, how old it is, and what is wrong with it. */
  readonly discovery: SourceStatus & {
    /** When a list last changed anything, in ms since the epoch; for a source. */
    readonly changedAt?: number
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
  /** With `healthCheck`: how endpoints are looked at. */
  readonly healthCheck?: { readonly name: string }
  /** With `failover()`: who is master. */
  readonly failover?: FailoverSnapshot
  /** With `redundancy`: how many endpoints the traffic needs, and how many more may fail. */
  readonly redundancy?: RedundancySnapshot
  /** With `concurrency`: how many attempts are in flight, how many may be, and who waits. */
  readonly concurrency?: ConcurrencySnapshot
  /** With `throttle`: attempts and accepts of its window, and the share of calls that is refused now, 0 to 1. */
  readonly throttle?: { readonly requests: number; readonly accepts: number; readonly share: number }
  readonly retryBudget: { readonly balance: number }
  readonly counts: {
    readonly calls: number
    readonly attempts: number
    readonly retries: number
    /** Attempts that were made beside another of the same call, and those of them that were answered first. */
    readonly hedges: number
    readonly hedgesWon: number
    /** Calls that ended with an error. */
    readonly failures: number
    /** Picks of an ejected endpoint in panic mode, or of an unhealthy one when there was nobody else. */
    readonly panicPicks: number
    /** Copies of calls that were sent (`mirror`). */
    readonly mirrored: number
    /** Calls that should have been copied and were not. */
    readonly mirrorsSkipped: number
    /** Calls, or next attempts, that were refused since there was no room for them (`concurrency`). */
    readonly rejected: number
    /** Calls that were refused since the service turns too many away (`throttle`). */
    readonly throttled: number
    /** Times that a call, or its next attempt, waited for room. */
    readonly queued: number
  }
  /** The rules in their order, when there are any. */
  readonly routes?: readonly RouteSnapshot[]
  /** Subsets that calls asked for themselves, when there were such calls: those used last, the last one last. */
  readonly subsets?: readonly SubsetSnapshot[]
  readonly endpoints: readonly EndpointSnapshot[]
}

/** Puts the state of a balancer into words and numbers. */
export function takeSnapshot(desk: Desk, router: Router, settings: Settings, now: number): BalancerSnapshot {
  const { engine, feed, closed } = desk
  const {
    endpoints,
    serviceCircuit,
    gatekeeper,
    checks,
    masters,
    tracking,
    redundancy,
    admission,
    throttle,
  } = engine
  const { policy, locality, subsetting, retry } = settings
  const circuit = serviceCircuit?.state
  const routes = routesOf(router)
  const subsets = subsetsOf(router)
  return {
    name: engine.name,
    time: now,
    policy: policy.name,
    closed,
    discovery: feed.status(now),
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
    ...(checks !== undefined && { healthCheck: { name: checks.settings.name } }),
    ...(masters !== undefined && { failover: masters.snapshot(now) }),
    ...(redundancy !== undefined && { redundancy: redundancySnapshot(redundancy, now) }),
    ...(admission !== undefined && { concurrency: admission.snapshot(now) }),
    ...(throttle !== undefined && { throttle: throttle.snapshot(now) }),
    retryBudget: { balance: retry.budget.balance(now) },
    counts: { ...engine.totals },
    ...(routes.length > 0 && { routes }),
    ...(subsets.length > 0 && { subsets }),
    endpoints: [...endpoints.all(), ...endpoints.draining()].map((endpoint) =>
      endpointSnapshot(
        endpoint,
        isPicked(endpoint),
        gatekeeper.warmAt(endpoint),
        checks?.of(endpoint),
        gatekeeper.ejector?.causeOf(endpoint),
        {
          ...(masters !== undefined && { rank: rankOf(endpoint) }),
          ...(tracking !== undefined && { tracked: tracking.snapshot(endpoint) }),
        },
      ),
    ),
  }

  function isPicked(endpoint: LiveEndpoint): boolean {
    return endpoints.tiers.some(({ all }) => all.has(endpoint))
  }
}

function partSnapshot(name: string, { eligible, weighted, inFlight }: EndpointTable) {
  return { name, eligible, total: weighted, inFlight }
}

function countInside(endpoints: EndpointSet): number {
  return endpoints.tiers.reduce((sum, { all }) => sum + all.total, 0)
}
