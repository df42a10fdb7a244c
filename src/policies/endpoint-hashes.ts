import type { LiveEndpoint } from '../core/endpoint.js'
import { hashBits } from '../core/hash.js'

const FIRST_SEED = 0x1b873593
const SECOND_SEED = 0x52dce729

/**
 * 64 bits of each endpoint's id: what stands for it wherever keys are hashed to endpoints, so that all
 * processes agree, whatever order they learnt of the endpoints in. Two halves, since of 10,000 ids two
 * share 32 bits once in a hundred fleets, and one of them would then get nothing.
 */
export class EndpointHashes {
  #owners = new Int32Array(16).fill(-1)
  #first = new Int32Array(16)
  #second = new Int32Array(16)

  first(endpoint: LiveEndpoint): number {
    const { index } = endpoint
    if (this.#owners[index] !== endpoint.order) this.#add(endpoint)
    return this.#first[index]!
  }

  second(endpoint: LiveEndpoint): number {
    const { index } = endpoint
    if (this.#owners[index] !== endpoint.order) this.#add(endpoint)
    return this.#second[index]!
  }

  #add({ id, index, order }: LiveEndpoint): void {
    if (index >= this.#owners.length) this.#grow(2 * (index + 1))
    this.#owners[index] = order
    this.#first[index] = hashBits(id, FIRST_SEED)
    this.#second[index] = hashBits(id, SECOND_SEED)
  }

  #grow(length: number): void {
    const owners = new Int32Array(length).fill(-1)
    owners.set(this.#owners)
    const first = new Int32Array(length)
    first.set(this.#first)
    const second = new Int32Array(length)
    second.set(this.#second)
    this.#owners = owners
    this.#first = first
    this.#second = second
  }
}
