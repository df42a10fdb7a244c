import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { below, type Random } from '../core/random.js'
import { TableWeights } from './table-weights.js'
import { WeightedSampler } from './weighted-sampler.js'

/** Up to here all are compared. */
const ALL = 32
/** Above it, so many strangers and so many of those that won last. */
const SAMPLED = 16
const KEPT = 8

/**
 * Which endpoints a pick compares: all of them or, where there are many, a sample and those that have
 * won before. The memory is what makes a small sample as good as a look at all: what was found to be good
 * is compared again, and replaced only as others win.
 */
export class Shortlist {
  /** Who is compared: the first `size` of these. What comes behind is left from an earlier pick. */
  readonly endpoints: LiveEndpoint[] = []
  size = 0
  /** Is it a sample, and not all of them? */
  sampled = false
  /** Those that won last and can be picked now. */
  readonly #kept: LiveEndpoint[] = []
  readonly #sampler = new WeightedSampler()
  #next = 0
  readonly #weights = new TableWeights()

  /** Makes the list for the next pick. */
  draw(view: EndpointTable, random: Random): void {
    this.#weights.refresh(view)
    this.sampled = view.size > ALL
    if (this.sampled) this.#sample(view, random)
    else this.#neighbours(view, 0, view.size)
  }

  /** The mean weight of all endpoints of the table. */
  get meanWeight(): number {
    return this.#weights.mean
  }

  /** Are the weights all the same? */
  get equal(): boolean {
    return this.#weights.equal
  }

  /** The endpoint at an index of the list, which has won; of a sample it is remembered. */
  take(index: number): LiveEndpoint {
    const winner = this.endpoints[index]!
    // Who is behind the strangers is remembered already.
    if (this.sampled && index < SAMPLED && !this.#kept.includes(winner)) {
      this.#kept[this.#next] = winner
      this.#next = (this.#next + 1) % KEPT
    }
    return winner
  }

  #sample(view: EndpointTable, random: Random): void {
    const { endpoints } = this
    // Neighbours in a table have nothing to do with each other, so one draw is as good as many.
    if (this.equal) this.#neighbours(view, below(random, view.size), SAMPLED)
    else this.#sampler.sample(view, random, endpoints, SAMPLED)
    const kept = this.#kept
    let size = SAMPLED
    for (let i = kept.length - 1; i >= 0; i--) {
      const endpoint = kept[i]!
      if (view.has(endpoint)) continue
      kept[i] = kept[kept.length - 1]!
      kept.pop()
      this.#next = kept.length % KEPT
    }
    for (let i = 0; i < kept.length; i++) endpoints[size++] = kept[i]!
    this.size = size
  }

  /** Lists `count` of a table, from a slot on. */
  #neighbours(view: EndpointTable, start: number, count: number): void {
    const { endpoints } = this
    const { size } = view
    for (let i = 0, slot = start; i < count; i++, slot++) {
      if (slot >= size) slot -= size
      endpoints[i] = view.at(slot)
    }
    this.size = count
  }
}
