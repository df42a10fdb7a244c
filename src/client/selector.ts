import { type Endpoint, Gate, LiveEndpoint } from '../core/endpoint.js'
import type { EndpointSet } from '../core/endpoint-set.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { hash32, unitOf } from '../core/hash.js'
import type { Outcome } from '../core/outcome.js'
import { below, type Random } from '../core/random.js'
import { reportUncaught } from '../core/uncaught.js'
import { assignPriorityLoad, choosePriority, type PriorityLoadOptions } from '../health/priority-load.js'
import type { PickContext, Policy } from '../policies/policy.js'
import type { BalancerEvents, Events } from '../telemetry/events.js'
import type { Route } from './route.js'

/** How often a policy is asked for an endpoint that the call has not tried, before one is drawn. */
const MAX_ASKS = 4
/** So that a key's priority and its place within that do not depend on each other. */
const PRIORITY_SEED = 0x9e3779b9
const NONE: readonly Endpoint[] = []

/** A context whose fields can be written: one object serves all picks, since a pick is synchronous. */
type Scratch = { -readonly [K in keyof PickContext]: PickContext[K] }

/** Chooses endpoints: first a priority, then one of it by the policy; checks what the policy says. */
export class Selector {
  readonly #endpoints: EndpointSet
  readonly #events: Events
  readonly #prototype: Policy
  readonly #priorities: PriorityLoadOptions
  readonly #policies = new Map<EndpointTable, Policy>()
  readonly #context: Scratch
  readonly #panicking = new Set<EndpointTable>()
  #revision = -1

  constructor(
    endpoints: EndpointSet,
    events: Events,
    policy: Policy,
    priorities: PriorityLoadOptions,
    random: Random,
  ) {
    this.#endpoints = endpoints
    this.#events = events
    this.#prototype = policy
    this.#priorities = priorities
    this.#context = { now: 0, random, tried: NONE, key: undefined }
  }

  /** An endpoint that may be picked now and, while there is one, that the call has not tried. */
  pick(now: number, tried: readonly LiveEndpoint[], { key }: Route): LiveEndpoint | undefined {
    const table = this.#table(tried, key)
    if (table === undefined) return undefined
    const context = this.#context
    context.now = now
    context.tried = tried
    context.key = key
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

  /** Tells the policy that an attempt begins, if it wants to know. */
  start(endpoint: LiveEndpoint, now: number): void {
    try {
      this.#policyFor(endpoint)?.start?.(endpoint, now)
    } catch (error) {
      reportUncaught(error)
    }
  }

  /** Tells the policy of an outcome, if it wants to know. */
  observe(endpoint: LiveEndpoint, outcome: Outcome, now: number): void {
    try {
      this.#policyFor(endpoint)?.observe?.(endpoint, outcome, now)
    } catch (error) {
      reportUncaught(error)
    }
  }

  /** Tells the policy that what it knows of an endpoint does not hold any more. */
  forget(endpoint: LiveEndpoint): void {
    try {
      this.#policyFor(endpoint)?.forget?.(endpoint)
    } catch (error) {
      reportUncaught(error)
    }
  }

  /** Ends what policies have running beside the calls. */
  close(): void {
    for (const table of this.#policies.keys()) this.#closePolicy(table)
  }

  /** Is there an endpoint that can be picked now? */
  get available(): boolean {
    this.refresh()
    return this.#endpoints.tables.some((table) => table.size > 0)
  }

  hasUntried(tried: readonly LiveEndpoint[]): boolean {
    this.refresh()
    return this.#endpoints.tables.some((table) => hasUntried(table, tried))
  }

  /** The endpoint that asked to be left alone for the shortest time, when nothing else is wrong with it. */
  coolest(): LiveEndpoint | undefined {
    let coolest: LiveEndpoint | undefined
    for (const endpoint of this.#endpoints.all()) {
      if ((endpoint.gates & ~Gate.EJECTED) !== Gate.COOLDOWN) continue
      if (coolest === undefined || endpoint.cooldownUntil < coolest.cooldownUntil) coolest = endpoint
    }
    return coolest
  }

  /** Shares traffic out anew if anything has changed since it was last done. */
  refresh(): void {
    if (this.#revision === this.#endpoints.revision) return
    this.#revision = this.#endpoints.revision
    const { tables } = this.#endpoints
    assignPriorityLoad(tables, this.#priorities)
    for (const table of this.#policies.keys()) {
      if (!tables.includes(table)) this.#closePolicy(table)
    }
    // A priority that is gone is in panic no more.
    const over = [...this.#panicking].filter((table) => !(table.panic && tables.includes(table)))
    const begun = tables.filter((table) => table.panic && !this.#panicking.has(table))
    for (const table of over) this.#panicking.delete(table)
    for (const table of begun) this.#panicking.add(table)
    for (const table of over) this.#events.emit('panicended', panicOf(table))
    for (const table of begun) this.#events.emit('panicstarted', panicOf(table))
  }

  #table(tried: readonly LiveEndpoint[], key: string | undefined): EndpointTable | undefined {
    this.refresh()
    const { tables } = this.#endpoints
    const only = tables[0]
    if (only === undefined) return undefined
    if (tables.length === 1) return only.size > 0 ? only : undefined
    const chosen = choosePriority(
      tables,
      key === undefined ? this.#context.random() : unitOf(hash32(key, PRIORITY_SEED)),
    )
    if (tried.length === 0 || chosen === undefined || hasUntried(chosen, tried)) return chosen
    return tables.find((table) => hasUntried(table, tried)) ?? chosen
  }

  /** What the policy says, if it may be picked. */
  #ask(table: EndpointTable): LiveEndpoint | undefined {
    const endpoint = this.#policyOf(table).pick(table, this.#context)
    return endpoint instanceof LiveEndpoint && table.has(endpoint) ? endpoint : undefined
  }

  #policyFor({ priority }: LiveEndpoint): Policy | undefined {
    for (const table of this.#endpoints.tables) {
      if (table.priority === priority) return this.#policyOf(table)
    }
    return undefined
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

  #policyOf(table: EndpointTable): Policy {
    let policy = this.#policies.get(table)
    if (policy === undefined) {
      policy = this.#prototype.fork?.() ?? this.#prototype
      this.#policies.set(table, policy)
    }
    return policy
  }
}

function panicOf({ priority, eligible, weighted }: EndpointTable): BalancerEvents['panicstarted'] {
  return { priority, eligible, total: weighted }
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
