import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { PerEndpoint } from '../core/per-endpoint.js'
import type { Random } from '../core/random.js'

/**
 * Earliest deadline first: an endpoint of weight w is due every 1/w of virtual time; the one that is
 * due first is picked. A binary heap makes that O(log n), and the first deadlines are random, so that
 * clients start at different places.
 *
 * Endpoints found to be out of service are parked and come back when more are eligible than the heap
 * holds; so neither an ejection nor a return costs a rebuild. Membership and weight changes do, O(n).
 *
 * Source: gRPC A58; Envoy's `EdfScheduler`.
 */
export class EdfSchedule {
  readonly #weightOf: (endpoint: LiveEndpoint) => number
  /** Virtual time of each endpoint's next turn. */
  readonly #deadlines = new PerEndpoint()
  #version = -1
  #virtualTime = 0
  #heap: LiveEndpoint[] = []
  #parked: LiveEndpoint[] = []

  /** By default endpoints take turns by their weights. */
  constructor(weightOf: (endpoint: LiveEndpoint) => number = ({ effectiveWeight }) => effectiveWeight) {
    this.#weightOf = weightOf
  }

  /** Weights have changed that the version of the endpoints does not tell of: O(n) at the next pick. */
  reweigh(): void {
    this.#version = -1
  }

  pick(view: EndpointTable, random: Random): LiveEndpoint | undefined {
    if (this.#version !== view.version) this.#rebuild(view, random)
    if (this.#heap.length < view.size) this.#unpark(view, random)
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (view.has(first)) {
        this.#virtualTime = this.#deadlines.get(first)
        this.#deadlines.set(first, this.#virtualTime + 1 / this.#weightOf(first))
        this.#siftDown(0)
        return first
      }
      this.#parked.push(first)
      const last = this.#heap.pop()!
      if (last !== first) {
        this.#heap[0] = last
        this.#siftDown(0)
      }
      // Those that filled the heap may have been out of service, while one that is parked has come back.
      if (this.#heap.length < view.size) this.#unpark(view, random)
    }
    return undefined
  }

  #rebuild(view: EndpointTable, random: Random): void {
    this.#version = view.version
    this.#heap = []
    this.#parked = []
    for (let i = 0; i < view.total; i++) {
      const endpoint = view.at(i)
      if (endpoint.weight === 0) continue
      // A new one, or one that had its turns by another weight or in another priority's schedule.
      const deadline = this.#deadlines.get(endpoint)
      if (!(deadline <= this.#virtualTime + 1 / this.#weightOf(endpoint))) this.#schedule(endpoint, random)
      // One that was away must not make up for the turns it missed.
      else if (deadline < this.#virtualTime) this.#deadlines.set(endpoint, this.#virtualTime)
      this.#heap.push(endpoint)
    }
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#siftDown(i)
  }

  #unpark(view: EndpointTable, random: Random): void {
    const parked = this.#parked
    this.#parked = []
    for (const endpoint of parked) {
      if (!view.has(endpoint)) {
        this.#parked.push(endpoint)
        continue
      }
      this.#schedule(endpoint, random)
      this.#heap.push(endpoint)
      this.#siftUp(this.#heap.length - 1)
    }
  }

  /** Somewhere in its period from now on. */
  #schedule(endpoint: LiveEndpoint, random: Random): void {
    this.#deadlines.set(endpoint, this.#virtualTime + random() / this.#weightOf(endpoint))
  }

  #siftDown(start: number): void {
    const heap = this.#heap
    const deadlines = this.#deadlines
    const moved = heap[start]!
    const due = deadlines.get(moved)
    let hole = start
    for (;;) {
      let child = 2 * hole + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && deadlines.get(heap[child + 1]!) < deadlines.get(heap[child]!)) child++
      if (deadlines.get(heap[child]!) >= due) break
      heap[hole] = heap[child]!
      hole = child
    }
    heap[hole] = moved
  }

  #siftUp(start: number): void {
    const heap = this.#heap
    const moved = heap[start]!
    const due = this.#deadlines.get(moved)
    let hole = start
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (this.#deadlines.get(heap[parent]!) <= due) break
      heap[hole] = heap[parent]!
      hole = parent
    }
    heap[hole] = moved
  }
}
