import type { LiveEndpoint } from './endpoint.js'

/**
 * A number for each endpoint, kept beside the endpoints by whoever needs it: a policy's schedule, say,
 * of which there is one in each table. Found by the endpoint's index, in O(1) and without hashing; that
 * an index was taken over by another endpoint is seen by its order of arrival.
 */
export class PerEndpoint {
  #values = new Float64Array(16)
  #owners = new Int32Array(16).fill(-1)

  /** NaN for one that was never set. */
  get(endpoint: LiveEndpoint): number {
    const { index } = endpoint
    return this.#owners[index] === endpoint.order ? this.#values[index]! : Number.NaN
  }

  set(endpoint: LiveEndpoint, value: number): void {
    const { index } = endpoint
    if (index >= this.#values.length) this.#grow(index)
    this.#owners[index] = endpoint.order
    this.#values[index] = value
  }

  #grow(index: number): void {
    const length = 2 * (index + 1)
    const values = new Float64Array(length)
    values.set(this.#values)
    const owners = new Int32Array(length).fill(-1)
    owners.set(this.#owners)
    this.#values = values
    this.#owners = owners
  }
}
