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
  /** Of each column the share that belongs to its owner, and who has the rest: side by side, as they are read. */
  readonly #columns: Float64Array

  constructor(endpoints: LiveEndpoint[]) {
    const n = endpoints.length
    this.#endpoints = endpoints
    this.#columns = new Float64Array(2 * n)
    const total = endpoints.reduce((sum, endpoint) => sum + endpoint.weight, 0)
    const scaled = Float64Array.from(endpoints, (endpoint) => (endpoint.weight * n) / total)
    const small: number[] = []
    const large: number[] = []
    for (let i = 0; i < n; i++) (scaled[i]! < 1 ? small : large).push(i)
    while (small.length > 0 && large.length > 0) {
      const poor = small.pop()!
      const rich = large[large.length - 1]!
      this.#columns[2 * poor] = scaled[poor]!
      this.#columns[2 * poor + 1] = rich
      scaled[rich] = scaled[rich]! - (1 - scaled[poor]!)
      if (scaled[rich]! < 1) small.push(large.pop()!)
    }
    // What is left is worth a whole column, but for rounding.
    for (const i of [...small, ...large]) this.#columns[2 * i] = 1
  }

  draw(random: Random): LiveEndpoint {
    // One number gives both: its whole part the column, its fraction the side.
    const columns = this.#columns
    const x = random() * this.#endpoints.length
    const column = Math.floor(x)
    // Reckoned and not branched: which of the two it is, no processor could foretell.
    const beyond = Number(x - column >= columns[2 * column]!)
    return this.#endpoints[column + beyond * (columns[2 * column + 1]! - column)]!
  }

  /**
   * Draws `count` at once from one random number, which is as good as many for comparing them: steps of the
   * golden ratio spread over all weights, and each by itself is drawn by weight. There may be repeats, and
   * fewer where many cannot be picked now. Returns how many there are.
   */
  sample(view: EndpointTable, random: Random, into: LiveEndpoint[], count: number): number {
    const endpoints = this.#endpoints
    const columns = this.#columns
    const { complete } = view
    // A sum and not the number itself: what a function returned may be anything, and V8 would wrap each step for it.
    let draw = random() + GOLDEN
    let found = 0
    for (let tries = TRIES * count; found < count && tries > 0; tries--, draw += GOLDEN) {
      if (draw >= 1) draw -= 1
      const x = draw * endpoints.length
      const column = Math.floor(x)
      const endpoint = endpoints[x - column < columns[2 * column]! ? column : columns[2 * column + 1]!]!
      if (complete || view.has(endpoint)) into[found++] = endpoint
    }
    return found
  }
}
