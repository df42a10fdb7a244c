import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { mix32 } from '../core/hash.js'
import type { EndpointHashes } from './endpoint-hashes.js'
import type { LoadBound } from './load-bound.js'

/** When fewer than this part of all endpoints can be picked, only they are looked at. */
const FEW = 1 / 8
/** Places in the scratch array. */
const HIGHEST = 0
const UNIT = 1

/**
 * Finds the endpoint with the highest score for a key, of those that can be picked, were not tried and
 * have room: weighted rendezvous hashing. O(n).
 *
 * The score is `ln(u) / weight`, u being a number in (0, 1) made of key and id: each is then the highest
 * as often as its weight says, and one that gets heavier takes keys from all others and gives none. That
 * also lets an endpoint warm up: keys come to it one by one as its weight grows.
 *
 * Source: Thaler and Ravishankar, "A Name-Based Mapping Scheme for Rendezvous" (1996); the logarithm is
 * Schindelhauer and Schomaker's, "Weighted Distributed Hash Tables" (2005).
 */
export class HighestScore {
  readonly #hashes: EndpointHashes
  #version = -1
  // Of each endpoint what most are passed over by, side by side.
  #endpoints: LiveEndpoint[] = []
  #first = new Int32Array(0)
  #second = new Int32Array(0)
  #weights = new Float64Array(0)
  // The best so far of the pick under way, with its score.
  #best: LiveEndpoint | undefined
  /** The score, and the number of the endpoint being looked at: engines wrap fractions that are handed on. */
  readonly #scratch = new Float64Array(2)

  constructor(hashes: EndpointHashes) {
    this.#hashes = hashes
  }

  pick(
    view: EndpointTable,
    hash: number,
    tried: readonly unknown[],
    bound: LoadBound | undefined,
  ): LiveEndpoint | undefined {
    this.#best = undefined
    this.#scratch[HIGHEST] = Number.NEGATIVE_INFINITY
    if (view.size < FEW * view.total) this.#amongFew(view, hash, tried, bound)
    else this.#amongAll(view, hash, tried, bound)
    const best = this.#best
    this.#best = undefined
    return best
  }

  #amongFew(
    view: EndpointTable,
    hash: number,
    tried: readonly unknown[],
    bound: LoadBound | undefined,
  ): void {
    const hashes = this.#hashes
    for (let i = 0; i < view.size; i++) {
      const endpoint = view.at(i)
      this.#scratch[UNIT] = unit(hash, hashes.first(endpoint), hashes.second(endpoint))
      this.#consider(endpoint, tried, bound)
    }
  }

  #amongAll(
    view: EndpointTable,
    hash: number,
    tried: readonly unknown[],
    bound: LoadBound | undefined,
  ): void {
    if (view.version !== this.#version) this.#index(view)
    const first = this.#first
    const second = this.#second
    const weights = this.#weights
    const scratch = this.#scratch
    for (let i = 0; i < weights.length; i++) {
      const u = unit(hash, first[i]!, second[i]!)
      // ln(u) <= u - 1, and nobody has more than its weight: most are out without a logarithm.
      if (u - 1 < scratch[HIGHEST]! * weights[i]!) continue
      const endpoint = this.#endpoints[i]!
      if (!view.has(endpoint)) continue
      scratch[UNIT] = u
      this.#consider(endpoint, tried, bound)
    }
  }

  #consider(endpoint: LiveEndpoint, tried: readonly unknown[], bound: LoadBound | undefined): void {
    const highest = this.#scratch[HIGHEST]!
    const score = Math.log(this.#scratch[UNIT]!) / endpoint.effectiveWeight
    if (score < highest) return
    const best = this.#best
    if (score === highest && best !== undefined && endpoint.id > best.id) return
    if (tried.length > 0 && tried.includes(endpoint)) return
    if (bound !== undefined && !bound.admits(endpoint)) return
    this.#best = endpoint
    this.#scratch[HIGHEST] = score
  }

  #index(view: EndpointTable): void {
    this.#version = view.version
    this.#endpoints = []
    for (let i = 0; i < view.total; i++) if (view.at(i).weight > 0) this.#endpoints.push(view.at(i))
    const endpoints = this.#endpoints
    this.#first = Int32Array.from(endpoints, (endpoint) => this.#hashes.first(endpoint))
    this.#second = Int32Array.from(endpoints, (endpoint) => this.#hashes.second(endpoint))
    this.#weights = Float64Array.from(endpoints, ({ weight }) => weight)
  }
}

/** A number between 0 and 1, and neither of them, for a key and an endpoint. */
function unit(hash: number, first: number, second: number): number {
  return ((mix32(Math.imul(hash ^ first, second | 1)) >>> 0) + 0.5) / 2 ** 32
}
