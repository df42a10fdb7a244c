import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import type { Random } from '../core/random.js'

const GOLDEN = (Math.sqrt(5) - 1) / 2
/** Draws for each of a sample: with half of the weight eligible, one in 2^16 is not found. */
const TRIES = 16

/**
 * Draws in proportion to weight in O(1), whatever the weights: Walker's alias method as Vose
 * arranged it ("A linear algorithm for generating random numbers with a given distribution", 1991).
 *
 * Every column is worth the mean weight; what an endpoint has too much of fills the columns of those
 * that have too little. A draw takes a column and then its owner or its alias. Building is O(n).
 */
export class AliasTable {
  readonly #endpoints: LiveEndpoint[]
  /** Share of its column that belongs to the column's owner. */
  readonly #share: Float64Array
  readonly #alias: Uint32Array

  constructor(endpoints: LiveEndpoint[]) {
    const n = endpoints.length
    this.#endpoints = endpoints
    this.#share = new Float64Array(n)
    this.#alias = new Uint32Array(n)
    const total = endpoints.reduce((sum, endpoint) => sum + endpoint.weight, 0)
    const scaled = Float64Array.from(endpoints, (endpoint) => (endpoint.weight * n) / total)
    const small: number[] = []
    const large: number[] = []
    for (let i = 0; i < n; i++) (scaled[i]! < 1 ? small : large).push(i)
    while (small.length > 0 && large.length > 0) {
      const poor = small.pop()!
      const rich = large[large.length - 1]!
      this.#share[poor] = scaled[poor]!
      this.#alias[poor] = rich
      scaled[rich] = scaled[rich]! - (1 - scaled[poor]!)
      if (scaled[rich]! < 1) small.push(large.pop()!)
    }
    // What is left is worth a whole column, but for rounding.
    for (const i of [...small, ...large]) this.#share[i] = 1
  }

  draw(random: Random): LiveEndpoint {
    // One number gives both: its whole part the column, its fraction the side.
    const x = random() * this.#endpoints.length
    const column = Math.floor(x)
    const winner = x - column < this.#share[column]! ? column : this.#alias[column]!
    return this.#endpoints[winner]!
  }

  /**
   * Draws `count` at once from one random number, which is as good as many for comparing them: steps of the
   * golden ratio spread over all weights, and each by itself is drawn by weight. There may be repeats, and
   * fewer where many cannot be picked now. Returns how many there are.
   */
  sample(view: EndpointTable, random: Random, into: LiveEndpoint[], count: number): number {
    let draw = random()
    let found = 0
    for (let tries = TRIES * count; found < count && tries > 0; tries--) {
      draw += GOLDEN
      if (draw >= 1) draw -= 1
      const x = draw * this.#endpoints.length
      const column = Math.floor(x)
      const endpoint = this.#endpoints[x - column < this.#share[column]! ? column : this.#alias[column]!]!
      if (view.has(endpoint)) into[found++] = endpoint
    }
    return found
  }
}
