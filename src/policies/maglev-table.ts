import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { mix32 } from '../core/hash.js'
import type { EndpointHashes } from './endpoint-hashes.js'
import type { KeyIndex } from './keyed-policy.js'

/** With fewer slots than this for each endpoint, shares would differ by more than a tenth. */
const SLOTS_EACH = 10
const GROWTH = 4
const FREE = 0xffffffff
const GOLDEN = 0x9e3779b9

/**
 * A table of slots, each of which belongs to an endpoint. In rounds every endpoint takes the next free
 * slot of a permutation of its own; one of half the weight does so every other round.
 *
 * Source: Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer" (2016), with
 * Envoy's weights.
 */
export class MaglevTable implements KeyIndex {
  readonly #minSize: number
  #version = -1
  #endpoints: LiveEndpoint[] = []
  /** Whose each slot is: a place in the list of endpoints. */
  #slots = new Uint32Array(0)

  constructor(minSize: number) {
    this.#minSize = minSize
  }

  refresh(view: EndpointTable, hashes: EndpointHashes): void {
    if (view.version === this.#version) return
    this.#version = view.version
    this.#endpoints = []
    for (let i = 0; i < view.total; i++) {
      const endpoint = view.at(i)
      if (endpoint.weight > 0) this.#endpoints.push(endpoint)
    }
    this.#endpoints.sort(byId)
    this.#slots = fill(this.#endpoints, hashes, sizeFor(this.#endpoints.length, this.#minSize))
  }

  find(hash: number): number {
    return hash
  }

  /** Each step is to a slot of the key's own, so that the keys of one that fails spread over all others. */
  at(start: number, step: number): LiveEndpoint | undefined {
    const hash = step === 0 ? start : mix32((start + Math.imul(step, GOLDEN)) | 0)
    return this.#endpoints[this.#slots[(hash >>> 0) % this.#slots.length]!]
  }
}

function byId(a: LiveEndpoint, b: LiveEndpoint): number {
  return a.id < b.id ? -1 : 1
}

/** A prime of at least so many, and of enough for these endpoints. */
function sizeFor(endpoints: number, minSize: number): number {
  let size = minSize
  while (size < endpoints * SLOTS_EACH) size = primeFrom(size * GROWTH)
  return size
}

/** The first prime that is not less. */
function primeFrom(least: number): number {
  let candidate = least | 1
  while (!isPrime(candidate)) candidate += 2
  return candidate
}

export function isPrime(n: number): boolean {
  if (n < 4) return n > 1
  if (n % 2 === 0) return false
  for (let divisor = 3; divisor * divisor <= n; divisor += 2) if (n % divisor === 0) return false
  return true
}

/**
 * With the heaviest at one slot a round, an endpoint takes its slot number k in round k x heaviest / its
 * weight. Each waits in the queue of the round that it is due in, so a fleet of very unequal weights costs
 * no more than one of equal ones: O(slots), where trying everybody in each round would be O(slots x n).
 */
function fill(
  endpoints: readonly LiveEndpoint[],
  hashes: EndpointHashes,
  size: number,
): Uint32Array<ArrayBuffer> {
  const count = endpoints.length
  const slots = new Uint32Array(size).fill(FREE)
  const heaviest = endpoints.reduce((most, { weight }) => Math.max(most, weight), 0)
  const place = new Uint32Array(count)
  const skip = new Uint32Array(count)
  const taken = new Uint32Array(count)
  // Queues as linked lists: the first and the last of each round, and who comes after whom.
  const first = new Uint32Array(size + 1).fill(FREE)
  const last = new Uint32Array(size + 1).fill(FREE)
  const next = new Uint32Array(count).fill(FREE)
  const enqueue = (who: number, round: number) => {
    next[who] = FREE
    if (first[round] === FREE) first[round] = who
    else next[last[round]!] = who
    last[round] = who
  }
  for (let who = 0; who < count; who++) {
    place[who] = (hashes.first(endpoints[who]!) >>> 0) % size
    skip[who] = ((hashes.second(endpoints[who]!) >>> 0) % (size - 1)) + 1
    enqueue(who, 1)
  }
  let free = count === 0 ? 0 : size
  for (let round = 1; free > 0; round++) {
    for (let who = first[round]!; who !== FREE && free > 0; ) {
      const following = next[who]!
      let slot = place[who]!
      while (slots[slot] !== FREE) slot = (slot + skip[who]!) % size
      slots[slot] = who
      place[who] = slot
      free--
      taken[who] = taken[who]! + 1
      // There are at most as many rounds as slots, since the heaviest takes one in each.
      const due = Math.max(round + 1, Math.ceil((taken[who]! * heaviest) / endpoints[who]!.weight))
      if (due <= size) enqueue(who, due)
      who = following
    }
  }
  return slots
}
