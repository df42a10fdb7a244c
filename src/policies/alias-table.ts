import type { LiveEndpoint } from '../core/endpoint.js'
import type { Random } from '../core/random.js'

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
    return this.at(random())
  }

  /** What a draw of this number in [0, 1) gives. */
  at(draw: number): LiveEndpoint {
    // One number gives both: its whole part the column, its fraction the side.
    const x = draw * this.#endpoints.length
    const column = Math.floor(x)
    const winner = x - column < this.#share[column]! ? column : this.#alias[column]!
    return this.#endpoints[winner]!
  }
}
