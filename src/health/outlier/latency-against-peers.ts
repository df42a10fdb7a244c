import type { EjectionCause } from '../../core/ejection.js'
import { isWell, type LiveEndpoint } from '../../core/endpoint.js'
import { PerEndpoint } from '../../core/per-endpoint.js'
import type { OutlierSettings } from './options.js'

/** So many comparisons in a row have to go against an endpoint: one may have been bad luck. */
const TIMES = 2

/** An endpoint that is too slow, and why. */
export interface SlowEndpoint {
  readonly endpoint: LiveEndpoint
  readonly cause: EjectionCause
}

/**
 * Compares, once an interval, how long endpoints take with the median of their peers: those of the same priority and
 * region, for others are further away. Less than half of them can be slow without being the measure themselves.
 */
export class LatencyAgainstPeers {
  readonly #settings: OutlierSettings
  /** Successes of each endpoint at the last comparison. */
  readonly #successes = new PerEndpoint()
  /** How many comparisons in a row went against an endpoint. */
  readonly #strikes = new Map<LiveEndpoint, number>()
  /** When to compare next. */
  next = Number.NEGATIVE_INFINITY

  constructor(settings: OutlierSettings) {
    this.#settings = settings
  }

  /** Those to be ejected, the worst first. */
  compare(endpoints: Iterable<LiveEndpoint>, now: number): SlowEndpoint[] {
    const isFirst = this.next === Number.NEGATIVE_INFINITY
    this.next = now + this.#settings.interval
    const groups = this.#measured(endpoints)
    if (isFirst) return []
    const slow: (SlowEndpoint & { readonly ratio: number })[] = []
    const struck = new Set<LiveEndpoint>()
    for (const group of groups.values()) {
      group.sort((a, b) => a.latency - b.latency)
      for (const [rank, endpoint] of group.entries()) {
        const cause = this.#judge(group, rank)
        if (cause === undefined) continue
        const strikes = (this.#strikes.get(endpoint) ?? 0) + 1
        if (strikes >= TIMES) slow.push({ endpoint, cause, ratio: cause.latency / cause.peerLatency })
        this.#strikes.set(endpoint, strikes)
        struck.add(endpoint)
      }
    }
    for (const endpoint of this.#strikes.keys()) if (!struck.has(endpoint)) this.#strikes.delete(endpoint)
    return slow.sort((a, b) => b.ratio - a.ratio)
  }

  forget(endpoint: LiveEndpoint): void {
    this.#strikes.delete(endpoint)
  }

  /** Endpoints with enough answers since the last comparison, by what makes them peers. */
  #measured(endpoints: Iterable<LiveEndpoint>): Map<string, LiveEndpoint[]> {
    const groups = new Map<string, LiveEndpoint[]>()
    for (const endpoint of endpoints) {
      const { successes, priority, region, latency } = endpoint
      const recent = successes - this.#successes.get(endpoint)
      this.#successes.set(endpoint, successes)
      if (!(recent >= this.#settings.minCalls) || !isWell(endpoint) || Number.isNaN(latency)) continue
      const key = `${priority} ${region ?? ''}`
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [endpoint])
      else group.push(endpoint)
    }
    return groups
  }

  /** Is the endpoint at this rank of its group too slow? */
  #judge(
    group: readonly LiveEndpoint[],
    rank: number,
  ): Extract<EjectionCause, { rule: 'latency' }> | undefined {
    const peers = group.length - 1
    if (peers < 1) return undefined
    // The median of the others, the higher one of two; those behind the endpoint are one place further on.
    const middle = Math.floor(peers / 2)
    const { latency: peerLatency } = group[middle < rank ? middle : middle + 1]!
    const { latency } = group[rank]!
    const { latencyFactor, minLatencyDifference } = this.#settings
    const limit = Math.max(peerLatency * latencyFactor, peerLatency + minLatencyDifference)
    return latency > limit ? { rule: 'latency', latency, peerLatency, peers, limit } : undefined
  }
}
