import { type Endpoint, Gate, LiveEndpoint } from '../core/endpoint.js'
import type { EndpointSet } from '../core/endpoint-set.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { hash32, unitOf } from '../core/hash.js'
import type { Outcome } from '../core/outcome.js'
import type { Pool } from '../core/pool.js'
import { below, type Random } from '../core/random.js'
import type { Tier } from '../core/tier.js'
import { reportUncaught } from '../core/uncaught.js'
import type { Locality } from '../health/locality.js'
import { assignPriorityLoad, choosePriority, type PriorityLoadOptions } from '../health/priority-load.js'
import type { PickContext, Policy } from '../policies/policy.js'
import type { BalancerEvents, Events } from '../telemetry/events.js'

/** How often a policy is asked for an endpoint that the call has not tried, before one is drawn. */
const MAX_ASKS = 4
/** So that a key's priority, its place in that, and its endpoint there do not depend on each other. */
const PRIORITY_SEED = 0x9e3779b9
const ZONE_SEED = 0x85ebca6b
const REGION_SEED = 0xc2b2ae35
const NONE: readonly Endpoint[] = []

/** A context whose fields can be written: one object serves all picks, since a pick is synchronous. */
type Scratch = { -readonly [K in keyof PickContext]: PickContext[K] }

/** How a call's priority, and its place in that, are chosen. */
export interface Spread {
  readonly priorities: PriorityLoadOptions
  readonly locality: Locality | undefined
  /** Is nobody used but whom the policy names? */
  readonly policyOnly: boolean
}

/** Chooses endpoints: a priority, how far from home, then one by the policy; checks what the policy says. */
export class Selector {
  readonly #endpoints: EndpointSet
  readonly #events: Events
  readonly #prototype: Policy
  readonly #spread: Spread
  readonly #policies = new Map<EndpointTable, Policy>()
  readonly #context: Scratch
  readonly #panicking = new Set<Tier>()
  #revision = -1

  constructor(endpoints: EndpointSet, events: Events, policy: Policy, spread: Spread, random: Random) {
    this.#endpoints = endpoints
    this.#events = events
    this.#prototype = policy
    this.#spread = spread
    this.#context = { now: 0, random, tried: NONE, key: undefined }
  }

  /** An endpoint of the pool that may be picked now and, while there is one, that the call has not tried. */
  pick(
    now: number,
    tried: readonly LiveEndpoint[],
    key: string | undefined,
    pool: Pool,
  ): LiveEndpoint | undefined {
    const table = this.#table(now, tried, key, pool)
    if (table === undefined) return undefined
    const context = this.#context
    context.now = now
    context.tried = tried
    context.key = key
    if (this.#spread.policyOnly) return this.#ask(table)
    if (tried.length === 0) return this.#ask(table) ?? any(table, context.random)
    if (!hasUntried(table, tried)) {
      // All have been tried: any will do, but for the one that has just failed.
      context.tried = table.size > 1 ? tried.slice(-1) : NONE
    }
    for (let i = 0; i < MAX_ASKS; i++) {
      const endpoint = this.#ask(table)
      if (endpoint !== undefined && !context.tried.includes(endpoint)) return endpoint
    }
    return any(table, context.random, context.tried)
  }

  /** Tells policies that an attempt begins, if they want to know. */
  start(endpoint: LiveEndpoint, now: number): void {
    for (const table of this.#endpoints.tablesOf(endpoint)) {
      try {
        this.policyOf(table).start?.(endpoint, now)
      } catch (error) {
        reportUncaught(error)
      }
    }
  }

  /** Tells policies of an outcome, if they want to know. */
  observe(endpoint: LiveEndpoint, outcome: Outcome, now: number): void {
    for (const table of this.#endpoints.tablesOf(endpoint)) {
      try {
        this.policyOf(table).observe?.(endpoint, outcome, now)
      } catch (error) {
        reportUncaught(error)
      }
    }
  }

  /** Tells policies that what they know of an endpoint does not hold any more. */
  forget(endpoint: LiveEndpoint): void {
    for (const table of this.#endpoints.tablesOf(endpoint)) {
      try {
        this.policyOf(table).forget?.(endpoint)
      } catch (error) {
        reportUncaught(error)
      }
    }
  }

  /** Ends what policies have running beside the calls. */
  close(): void {
    for (const table of this.#policies.keys()) this.#closePolicy(table)
  }

  /** Is there an endpoint in a pool that can be picked now? */
  canPick(pool: Pool): boolean {
    this.refresh()
    return pool.available
  }

  /** Is there an endpoint in a pool that can be picked now and that the call has not tried? */
  hasUntried(tried: readonly LiveEndpoint[], { tiers }: Pool): boolean {
    this.refresh()
    return tiers.some((tier) => hasUntried(tier.all, tried))
  }

  /**
   * The endpoint whose pause ends first, when nothing else is wrong with it; of those that are ill, if there
   * are no others.
   */
  coolest(within: Pool): LiveEndpoint | undefined {
    let coolest: LiveEndpoint | undefined
    for (const endpoint of this.#endpoints.all()) {
      if ((endpoint.gates & ~(Gate.EJECTED | Gate.UNHEALTHY)) !== Gate.COOLDOWN || !within.accepts(endpoint))
        continue
      if (coolest === undefined || isCooler(endpoint, coolest)) coolest = endpoint
    }
    return coolest
  }

  /** Shares traffic out anew if anything has changed since it was last done. */
  refresh(): void {
    if (this.#revision === this.#endpoints.revision) return
    this.#revision = this.#endpoints.revision
    for (const pool of this.#endpoints.pools) assignPriorityLoad(pool.tiers, this.#spread.priorities)
    this.#dropUnused()
    const { tiers } = this.#endpoints
    // A priority that is gone is in panic no more.
    const over = [...this.#panicking].filter((tier) => !(tier.panic && tiers.includes(tier)))
    const begun = tiers.filter((tier) => tier.panic && !this.#panicking.has(tier))
    for (const tier of over) this.#panicking.delete(tier)
    for (const tier of begun) this.#panicking.add(tier)
    for (const tier of over) this.#events.emit('panicended', panicOf(tier))
    for (const tier of begun) this.#events.emit('panicstarted', panicOf(tier))
  }

  /** Lets go of the policies of tables that are gone. */
  #dropUnused(): void {
    const used = new Set<EndpointTable>()
    for (const pool of this.#endpoints.pools) for (const table of pool.tables()) used.add(table)
    for (const table of this.#policies.keys()) if (!used.has(table)) this.#closePolicy(table)
  }

  #table(
    now: number,
    tried: readonly LiveEndpoint[],
    key: string | undefined,
    { tiers }: Pool,
  ): EndpointTable | undefined {
    this.refresh()
    const tier = this.#tier(tried, key, tiers)
    const { locality, priorities } = this.#spread
    if (tier === undefined || locality === undefined || tier.parts.size === 0) return tier?.all
    const table = locality.choose(
      tier,
      now,
      priorities.overprovisioningFactor,
      this.#draw(key, ZONE_SEED),
      this.#draw(key, REGION_SEED),
      key !== undefined,
    )
    return tried.length === 0 || hasUntried(table, tried) ? table : tier.all
  }

  #tier(tried: readonly LiveEndpoint[], key: string | undefined, tiers: readonly Tier[]): Tier | undefined {
    const only = tiers[0]
    if (only === undefined) return undefined
    if (tiers.length === 1) return only.size > 0 ? only : undefined
    const chosen = choosePriority(tiers, this.#draw(key, PRIORITY_SEED))
    if (tried.length === 0 || chosen === undefined || hasUntried(chosen.all, tried)) return chosen
    return tiers.find((tier) => hasUntried(tier.all, tried)) ?? chosen
  }

  /** A random number; of a key, always the same. */
  #draw(key: string | undefined, seed: number): number {
    return key === undefined ? this.#context.random() : unitOf(hash32(key, seed))
  }

  /** What the policy says, if it may be picked. */
  #ask(table: EndpointTable): LiveEndpoint | undefined {
    const endpoint = this.policyOf(table).pick(table, this.#context)
    return endpoint instanceof LiveEndpoint && table.has(endpoint) ? endpoint : undefined
  }

  #closePolicy(table: EndpointTable): void {
    const policy = this.#policies.get(table)
    this.#policies.delete(table)
    // One that cannot be forked is its owner's, and maybe another balancer's too.
    if (policy === this.#prototype) return
    try {
      policy?.close?.()
    } catch (error) {
      reportUncaught(error)
    }
  }

  /** The one that chooses from a table. */
  policyOf(table: EndpointTable): Policy {
    let policy = this.#policies.get(table)
    if (policy === undefined) {
      policy = this.#prototype.fork?.() ?? this.#prototype
      this.#policies.set(table, policy)
    }
    return policy
  }
}

function panicOf({ priority, eligible, weighted }: Tier): BalancerEvents['panicstarted'] {
  return { priority, eligible, total: weighted }
}

/** Is one to be asked before another, when both asked for a pause? */
function isCooler(one: LiveEndpoint, other: LiveEndpoint): boolean {
  const ill = (one.gates & Gate.UNHEALTHY) - (other.gates & Gate.UNHEALTHY)
  return ill < 0 || (ill === 0 && one.cooldownUntil < other.cooldownUntil)
}

function hasUntried(table: EndpointTable, tried: readonly LiveEndpoint[]): boolean {
  let here = 0
  for (const endpoint of tried) if (table.has(endpoint)) here++
  return table.size > here
}

/** A random endpoint that is not among those to avoid; any, if all are. */
function any(table: EndpointTable, random: Random, avoid: readonly Endpoint[] = NONE): LiveEndpoint {
  const start = below(random, table.size)
  for (let i = 0; i < table.size; i++) {
    const endpoint = table.at((start + i) % table.size)
    if (!avoid.includes(endpoint)) return endpoint
  }
  return table.at(start)
}
