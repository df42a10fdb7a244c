import { LiveEndpoint } from '../../src/core/endpoint.js'
import { EndpointTable } from '../../src/core/endpoint-table.js'
import { parseEndpoint } from '../../src/core/parse-endpoint.js'
import { maglev } from '../../src/policies/maglev.js'
import type { Policy } from '../../src/policies/policy.js'
import { rendezvous } from '../../src/policies/rendezvous.js'
import { ringHash } from '../../src/policies/ring-hash.js'
import { seededRandom } from '../../src/testing/seeded-random.js'

export interface KeyedOptions {
  readonly boundedLoad?: number
}

/** The policies that send the same key to the same endpoint. */
export const KEYED: readonly [string, (options?: KeyedOptions) => Policy][] = [
  ['ring-hash', ringHash],
  ['maglev', maglev],
  ['rendezvous', rendezvous],
]

/** A table to which endpoints can be added by id, and a policy that is asked by key. */
export class KeyedFleet {
  readonly table = new EndpointTable()
  readonly policy: Policy
  readonly random = seededRandom(5)
  #arrivals = 0

  constructor(policy: Policy, weights: Readonly<Record<string, number>> = {}) {
    this.policy = policy
    for (const [id, weight] of Object.entries(weights)) this.add(id, weight)
  }

  add(id: string, weight = 1): LiveEndpoint {
    const spec = parseEndpoint({ id, url: `http://${id}.test`, weight }, 'endpoint')
    const endpoint = new LiveEndpoint(spec, this.#arrivals, this.#arrivals)
    this.#arrivals++
    this.table.add(endpoint)
    return endpoint
  }

  get(id: string): LiveEndpoint {
    for (let i = 0; i < this.table.total; i++) if (this.table.at(i).id === id) return this.table.at(i)
    throw new Error(`there is no ${id}`)
  }

  remove(id: string): void {
    this.table.remove(this.get(id))
  }

  gate(id: string, gates: number): void {
    const endpoint = this.get(id)
    endpoint.gates = gates
    this.table.regate(endpoint)
  }

  pick(key: string | undefined, tried: readonly LiveEndpoint[] = []): LiveEndpoint {
    return this.policy.pick(this.table, { now: 0, random: this.random, tried, key }) as LiveEndpoint
  }

  /** Who has each key. */
  owners(keys: readonly string[]): string[] {
    return keys.map((key) => this.pick(key).id)
  }

  /** A key's choices, each after all before it have been tried. */
  choices(key: string): string[] {
    const tried: LiveEndpoint[] = []
    while (tried.length < this.table.size) tried.push(this.pick(key, tried))
    return tried.map(({ id }) => id)
  }
}

/** Keys that look like sessions, the same ones every time. */
export function keysOf(count: number, seed = 1): string[] {
  const random = seededRandom(seed)
  const hex = () => Math.floor(random() * 2 ** 32).toString(16)
  return Array.from({ length: count }, () => `${hex()}-${hex()}-${hex()}`)
}

/** Weights of 1 for endpoints n0, n1, ... */
export function equal(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, 1]))
}

/** How many of each there are. */
export function tally(ids: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const id of ids) counts[id] = (counts[id] ?? 0) + 1
  return counts
}
