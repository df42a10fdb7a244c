import type { LiveEndpoint } from './endpoint.js'
import { grownRows } from './grown-rows.js'

/**
 * A few numbers for each endpoint, kept beside the endpoints by whoever needs them: a policy's schedule, say,
 * of which there is one in each table. Found by the endpoint's index, in O(1) and without hashing; that
 * an index was taken over by another endpoint is seen by its order of arrival.
 */
export class PerEndpoint {
  /** The owner's order of arrival and the owner's numbers, side by side: to read them is one access to memory. */
  #rows: Float64Array
  readonly #width: number

  constructor(numbers = 1) {
    this.#width = 1 + numbers
    this.#rows = new Float64Array(16 * this.#width).fill(-1)
  }

  /** NaN for one that was never set. */
  get(endpoint: LiveEndpoint, number = 0): number {
    const row = endpoint.index * this.#width
    return this.#rows[row] === endpoint.order ? this.#rows[row + 1 + number]! : Number.NaN
  }

  set(endpoint: LiveEndpoint, value: number, number = 0): void {
    const at = this.claim(endpoint)
    this.#rows[at + number] = value
  }

  /** Where an endpoint's numbers begin in `numbers`, which holds until the next call of this; NaN if they were never set. */
  claim(endpoint: LiveEndpoint): number {
    const row = endpoint.index * this.#width
    if (this.#rows[row] !== endpoint.order) this.#claim(endpoint, row)
    return row + 1
  }

  get numbers(): Float64Array {
    return this.#rows
  }

  #claim(endpoint: LiveEndpoint, row: number): void {
    if (row >= this.#rows.length) this.#rows = grownRows(this.#rows, row, this.#width, -1)
    this.#rows.fill(Number.NaN, row, row + this.#width)
    this.#rows[row] = endpoint.order
  }
}
