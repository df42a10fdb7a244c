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
  /** The strangers, where they were drawn one by one. */
  readonly #drawn: LiveEndpoint[] = []
  /** Those that won last and can be picked now. */
  readonly #kept: LiveEndpoint[] = []
  #start = 0
  readonly #sampler = new WeightedSampler()
  #next = 0
  readonly #weights = new TableWeights()
  /** Is it a sample, and not all of them? */
  sampled = false
  size = 0

  /** Makes the list for the next pick. */
  draw(view: EndpointTable, random: Random): void {
    this.#weights.refresh(view)
    this.sampled = view.size > ALL
    this.size = view.size
    if (this.sampled) this.#sample(view, random)
  }

  /** The mean weight of all endpoints of the table. */
  get meanWeight(): number {
    return this.#weights.mean
  }

  /** Are the weights all the same? */
  get equal(): boolean {
    return this.#weights.equal
  }

  at(view: EndpointTable, index: number): LiveEndpoint {
    if (!this.sampled) return view.at(index)
    if (index >= SAMPLED) return this.#kept[index - SAMPLED]!
    if (!this.equal) return this.#drawn[index]!
    // Neighbours in a table have nothing to do with each other, so one draw is as good as many.
    const slot = this.#start + index
    return view.at(slot < view.size ? slot : slot - view.size)
  }

  /** Remembers a winner of a sample. */
  keep(winner: LiveEndpoint): void {
    if (!this.sampled || this.#kept.includes(winner)) return
    this.#kept[this.#next] = winner
    this.#next = (this.#next + 1) % KEPT
  }

  #sample(view: EndpointTable, random: Random): void {
    if (this.equal) this.#start = below(random, view.size)
    else this.#sampler.sample(view, random, this.#drawn, SAMPLED)
    const kept = this.#kept
    for (let i = kept.length - 1; i >= 0; i--) {
      if (view.has(kept[i]!)) continue
      kept[i] = kept[kept.length - 1]!
      kept.pop()
      this.#next = kept.length % KEPT
    }
    this.size = SAMPLED + kept.length
  }
}
