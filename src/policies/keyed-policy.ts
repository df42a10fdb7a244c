import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { hashBits, mix32, unitOf } from '../core/hash.js'
import { EndpointHashes } from './endpoint-hashes.js'
import { HighestScore } from './highest-score.js'
import { LoadBound } from './load-bound.js'
import type { PickContext, Policy } from './policy.js'
import { WeightedSampler } from './weighted-sampler.js'

/** So far an index is walked: with a tenth of the weight eligible, one key in a thousand gets to the end. */
const MAX_STEPS = 64
/** So that whether a key waits for an endpoint to warm up does not depend on where the key lies. */
const WARM_UP_SEED = 0x2c1b3c6d

/** An order of all endpoints for each key, of which the first ones can be looked up. */
export interface KeyIndex {
  /** Brings the index up to date. */
  refresh(view: EndpointTable, hashes: EndpointHashes): void
  /** Where the walk of a key begins. */
  find(hash: number): number
  /** The endpoint after so many steps, which may be one that was there before; `undefined`: there is none. */
  at(start: number, step: number): LiveEndpoint | undefined
}

/**
 * Sends the same key to the same endpoint: the first one in the key's own order of endpoints that can be
 * picked. That order is the walk through an index and, for the few keys whose walk finds nobody, the
 * rendezvous order of what is left. Who is not the first for a key can come and go without its noticing.
 */
export class KeyedPolicy {
  readonly name: string
  readonly #makeIndex: (() => KeyIndex) | undefined
  readonly #index: KeyIndex | undefined
  readonly #factor: number | undefined
  readonly #bound: LoadBound | undefined
  readonly #hashes = new EndpointHashes()
  readonly #rest = new HighestScore(this.#hashes)
  readonly #sampler = new WeightedSampler()

  /** Without an index every pick goes by rendezvous. */
  constructor(name: string, boundedLoad: number | undefined, makeIndex?: () => KeyIndex) {
    this.name = name
    this.#factor = boundedLoad
    this.#bound = boundedLoad === undefined ? undefined : new LoadBound(boundedLoad)
    this.#makeIndex = makeIndex
    this.#index = makeIndex?.()
  }

  pick(view: EndpointTable, { key, tried, random }: PickContext): LiveEndpoint | undefined {
    const bound = this.#bound
    bound?.measure(view)
    let hash: number
    if (key === undefined) {
      const drawn = this.#sampler.draw(view, random)
      if (this.#fits(drawn, tried)) return drawn
      hash = (random() * 2 ** 32) | 0
    } else {
      hash = hashBits(key)
      const found = this.#walk(view, hash, tried)
      if (found !== undefined) return found
    }
    return this.#rest.pick(view, hash, tried, bound) ?? bound?.leastLoaded(view, tried)
  }

  fork(): Policy {
    return new KeyedPolicy(this.name, this.#factor, this.#makeIndex)
  }

  #walk(view: EndpointTable, hash: number, tried: readonly unknown[]): LiveEndpoint | undefined {
    const index = this.#index
    if (index === undefined) return undefined
    index.refresh(view, this.#hashes)
    const start = index.find(hash)
    for (let step = 0; step < MAX_STEPS; step++) {
      const endpoint = index.at(start, step)
      if (endpoint === undefined) return undefined
      if (view.has(endpoint) && this.#fits(endpoint, tried) && this.#isWarmFor(endpoint, hash))
        return endpoint
    }
    return undefined
  }

  #fits(endpoint: LiveEndpoint, tried: readonly unknown[]): boolean {
    if (tried.length > 0 && tried.includes(endpoint)) return false
    return this.#bound === undefined || this.#bound.admits(endpoint)
  }

  /** While an endpoint warms up, the rest of its keys go on to their next choice; each comes back once. */
  #isWarmFor(endpoint: LiveEndpoint, hash: number): boolean {
    const { weight, effectiveWeight } = endpoint
    if (effectiveWeight >= weight) return true
    const turn = unitOf(mix32(mix32(hash ^ WARM_UP_SEED) ^ this.#hashes.first(endpoint)) >>> 0)
    return turn * weight < effectiveWeight
  }
}
