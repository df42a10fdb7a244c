import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointSet } from '../core/endpoint-set.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import type { Pool } from '../core/pool.js'
import { FailoverPolicy } from '../policies/failover-policy.js'
import { type Mastership, rankOf, type Tenure } from '../policies/mastership.js'
import type { Clock } from '../runtime/clock.js'
import type { BalancerEvents, Events } from '../telemetry/events.js'
import type { MasterParts } from './master-parts.js'
import type { FailoverSnapshot, MasterSnapshot } from './master-snapshot.js'
import type { Selector } from './selector.js'
import { Waiters } from './wait.js'

/** A turn that listeners have been told of, and when it began by the clock. */
interface Told {
  readonly tenure: Tenure
  readonly at: number
}

/** The masters that `failover()` chooses: one for each pool. Tells when one takes over from another. */
export class Masters {
  /** Are calls, and retries, never sent to anybody else? */
  readonly only: boolean
  /** For how long calls wait for one, in ms. */
  readonly patience: number
  /** Woken when somebody is master where nobody was. */
  readonly arrival = new Waiters()
  readonly #endpoints: EndpointSet
  readonly #selector: Selector
  readonly #events: Events
  readonly #clock: Clock
  readonly #told = new WeakMap<Pool, Told>()
  readonly #news: BalancerEvents['masterchanged'][] = []
  #isTelling = false
  #revision = -1
  /** When the next challenger's time comes, in the policies' time. */
  #nextAt = Number.POSITIVE_INFINITY

  constructor(only: boolean, patience: number, { endpoints, selector, events, clock }: MasterParts) {
    this.only = only
    this.patience = patience
    this.#endpoints = endpoints
    this.#selector = selector
    this.#events = events
    this.#clock = clock
  }

  /** After anything that may have changed who can be master; costs two comparisons when nothing has. */
  review(now: number): void {
    const { revision, pools } = this.#endpoints
    const isTime = this.#nextAt !== Number.POSITIVE_INFINITY && now - this.#lost(now) >= this.#nextAt
    if (revision === this.#revision && !isTime) return
    this.#revision = revision
    this.#nextAt = Number.POSITIVE_INFINITY
    for (const pool of pools) this.#reviewPool(pool, now)
    this.#tell()
  }

  /** The state of all comes first: those who listen may change it, and are told of that after this. */
  #tell(): void {
    if (this.#isTelling) return
    this.#isTelling = true
    for (let event = this.#news.shift(); event !== undefined; event = this.#news.shift())
      this.#events.emit('masterchanged', event)
    this.#isTelling = false
  }

  /** The master of a pool; `undefined` when nobody there can be. */
  of(pool: Pool): LiveEndpoint | undefined {
    return this.#mastershipOf(pool)?.tenure.master
  }

  /** Who is master, since when and why, and who is to take over; of each subset too. */
  snapshot(now: number): FailoverSnapshot {
    const subsets = this.#endpoints.pools.flatMap((pool) =>
      pool.subset === undefined ? [] : { subset: pool.subset, ...this.#snapshotOf(pool, now) },
    )
    return { ...this.#snapshotOf(this.#endpoints.whole, now), ...(subsets.length > 0 && { subsets }) }
  }

  #snapshotOf(pool: Pool, now: number): MasterSnapshot {
    const { next, tenure } = this.#mastershipOf(pool) ?? {}
    const { master, reason } = tenure ?? {}
    return {
      ...(master !== undefined && { master: master.id }),
      ...(reason !== undefined && { reason, since: this.#told.get(pool)?.at ?? now }),
      ...(next !== undefined && { next: { id: next.endpoint.id, at: next.at + this.#lost(now) } }),
    }
  }

  #reviewPool(pool: Pool, now: number): void {
    const table = pool.tiers[0]?.all
    const mastership = this.#mastershipOf(pool)
    if (table === undefined || mastership === undefined) return
    mastership.masterOf(table, now - this.#lost(now))
    const { next, tenure } = mastership
    if (next !== undefined) this.#nextAt = Math.min(this.#nextAt, next.at)
    const told = this.#told.get(pool)
    if (tenure.reason === undefined || tenure === told?.tenure) return
    this.#told.set(pool, { tenure, at: now })
    if (tenure.master !== undefined && told?.tenure.master === undefined) this.arrival.wake()
    if (!this.#events.has('masterchanged')) return
    const { master: to, reason } = tenure
    this.#news.push({ from: told?.tenure.master, to, reason, ranks: ranksIn(table), subset: pool.subset })
  }

  #mastershipOf(pool: Pool): Mastership | undefined {
    const table = pool.tiers[0]?.all
    const policy = table && this.#selector.policyOf(table)
    return policy instanceof FailoverPolicy ? policy.mastership : undefined
  }

  #lost(now: number): number {
    return this.#clock.loop?.lost(now) ?? 0
  }
}

function ranksIn(table: EndpointTable): Record<string, number> {
  const ranks: [string, number][] = []
  for (let i = 0; i < table.total; i++) ranks.push([table.at(i).id, rankOf(table.at(i))])
  return Object.fromEntries(ranks)
}
