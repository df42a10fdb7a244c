import type { LiveEndpoint } from './endpoint.js'
import type { EndpointTable } from './endpoint-table.js'
import { type PartsOf, Tier } from './tier.js'

const NOWHERE: readonly EndpointTable[] = []

/** The endpoints that some calls may go to, all of them or a subset, by priority. */
export class Pool {
  /** Most preferred priority first. */
  readonly tiers: Tier[] = []
  /** Does an endpoint belong here? */
  readonly accepts: (endpoint: LiveEndpoint) => boolean
  /** What its endpoints have in common, for people; `undefined` for the whole. */
  readonly subset: Readonly<Record<string, unknown>> | undefined
  readonly #partsOf: PartsOf
  /** Are all priorities one? Whoever chooses ranks endpoints himself. */
  readonly #flat: boolean

  constructor(
    accepts: (endpoint: LiveEndpoint) => boolean,
    partsOf: PartsOf,
    flat = false,
    subset?: Readonly<Record<string, unknown>>,
  ) {
    this.accepts = accepts
    this.subset = subset
    this.#partsOf = partsOf
    this.#flat = flat
  }

  /** Takes an endpoint in, if it belongs here; says in which tables it sits now. */
  add(endpoint: LiveEndpoint): readonly EndpointTable[] {
    if (!this.accepts(endpoint)) return NOWHERE
    return this.#tier(this.#flat ? 0 : endpoint.priority).add(endpoint, this.#partsOf(endpoint))
  }

  /** Is there an endpoint that can be picked now? */
  get available(): boolean {
    return this.tiers.some((tier) => tier.size > 0)
  }

  /** Is there an endpoint that can be picked without panic? Exact at any time, unlike what is shared out. */
  get free(): boolean {
    for (const { all } of this.tiers) if (all.free > 0) return true
    return false
  }

  /** Is there an endpoint that is well, though it may be full? */
  get healthy(): boolean {
    for (const { all } of this.tiers) if (all.eligible > 0) return true
    return false
  }

  /** How many are well. */
  get eligible(): number {
    return this.tiers.reduce((sum, tier) => sum + tier.eligible, 0)
  }

  /** How many have a weight above 0. */
  get weighted(): number {
    return this.tiers.reduce((sum, tier) => sum + tier.weighted, 0)
  }

  /** All of its tables. */
  *tables(): IterableIterator<EndpointTable> {
    for (const { all, parts } of this.tiers) {
      yield all
      yield* parts.values()
    }
  }

  /** Lets go of tables that nobody is in any more; one priority stays, for policies to keep their place in it. */
  prune(): void {
    for (let i = this.tiers.length - 1; i >= 0; i--) {
      const { all, parts } = this.tiers[i]!
      for (const [name, part] of parts) if (part.total === 0) parts.delete(name)
      if (all.total === 0 && this.tiers.length > 1) this.tiers.splice(i, 1)
    }
  }

  #tier(priority: number): Tier {
    let index = 0
    for (const tier of this.tiers) {
      if (tier.priority === priority) return tier
      if (tier.priority > priority) break
      index++
    }
    const tier = new Tier(priority)
    this.tiers.splice(index, 0, tier)
    return tier
  }
}
