import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { below, type Random } from '../core/random.js'
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
  /** The version of the table that these were read from. */
  #version = -1
  #meanWeight = 1
  /** Are the weights all the same? */
  equal = true
  /** Is it a sample, and not all of them? */
  sampled = false
  size = 0

  /** Makes the list for the next pick. */
  draw(view: EndpointTable, random: Random): void {
    if (this.#version !== view.version) this.#weigh(view)
    this.sampled = view.size > ALL
    this.size = view.size
    if (this.sampled) this.#sample(view, random)
  }

  /** The mean weight of all endpoints of the table. */
  get meanWeight(): number {
    return this.#meanWeight
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

  #weigh(view: EndpointTable): void {
    this.#version = view.version
    let sum = 0
    let weighted = 0
    let least = Number.POSITIVE_INFINITY
    let most = 0
    for (let i = 0; i < view.total; i++) {
      const { weight } = view.at(i)
      if (weight === 0) continue
      sum += weight
      weighted++
      least = Math.min(least, weight)
      most = Math.max(most, weight)
    }
    this.#meanWeight = weighted > 0 ? sum / weighted : 1
    this.equal = least >= most
  }
}
