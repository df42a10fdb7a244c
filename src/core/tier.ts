import type { LiveEndpoint } from './endpoint.js'
import { EndpointTable } from './endpoint-table.js'

/** Names the parts of its priority that an endpoint belongs to, beside the whole. */
export type PartsOf = (endpoint: LiveEndpoint) => readonly string[]

/** The endpoints of one priority: all of them in one table, and some again in the tables of parts (zones, say). */
export class Tier {
  readonly priority: number
  readonly all = new EndpointTable()
  readonly parts = new Map<string, EndpointTable>()
  /** Share of the traffic, 0 to 1. Written by the priority rule. */
  load = 1
  #panic = false
  /** Where those sit who belong to no part: one list for all of them. */
  readonly #whole: readonly EndpointTable[] = [this.all]

  constructor(priority: number) {
    this.priority = priority
  }

  get eligible(): number {
    return this.all.eligible
  }

  get usable(): number {
    return this.all.usable
  }

  get weighted(): number {
    return this.all.weighted
  }

  get size(): number {
    return this.all.size
  }

  /** Too few are eligible, so the ejected ones are used too. Written by the priority rule. */
  get panic(): boolean {
    return this.#panic
  }

  set panic(panic: boolean) {
    this.#panic = panic
    this.all.panic = panic
    for (const part of this.parts.values()) part.panic = panic
  }

  /** Takes an endpoint in; says in which tables it sits now. */
  add(endpoint: LiveEndpoint, parts: readonly string[]): readonly EndpointTable[] {
    const seats = parts.length === 0 ? this.#whole : [this.all, ...parts.map((part) => this.#part(part))]
    for (const table of seats) table.add(endpoint)
    return seats
  }

  #part(name: string): EndpointTable {
    const known = this.parts.get(name)
    if (known !== undefined) return known
    const part = new EndpointTable()
    part.panic = this.#panic
    this.parts.set(name, part)
    return part
  }
}
