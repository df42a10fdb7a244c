import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { below, type Random } from '../core/random.js'
import { WeightedSampler } from './weighted-sampler.js'

/** Up to here all are compared. */
const ALL = 64
/** Above it, so many strangers and so many of those that won last. */
const SAMPLED = 24
const KEPT = 8

/**
 * Which endpoints a pick compares: all of them or, where there are many, a sample and those that have
 * won before. The memory is what makes a small sample as good as a look at all: what was found to be good
 * is compared again, and replaced only as others win.
 */
export class Shortlist {
  readonly #endpoints: (LiveEndpoint | undefined)[] = new Array(SAMPLED + KEPT).fill(undefined)
  readonly #kept: (LiveEndpoint | undefined)[] = new Array(KEPT).fill(undefined)
  readonly #sampler = new WeightedSampler()
  #oldest = 0
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
    return this.sampled ? this.#endpoints[index]! : view.at(index)
  }

  /** Remembers a winner of a sample. */
  keep(winner: LiveEndpoint): void {
    if (!this.sampled || this.#kept.includes(winner)) return
    this.#kept[this.#oldest] = winner
    this.#oldest = (this.#oldest + 1) % KEPT
  }

  #sample(view: EndpointTable, random: Random): void {
    const endpoints = this.#endpoints
    const { size } = view
    let length = 0
    if (this.equal) {
      // Neighbours in a table have nothing to do with each other, so one draw is as good as many.
      for (let slot = below(random, size); length < SAMPLED; slot++) {
        endpoints[length++] = view.at(slot < size ? slot : slot - size)
      }
    } else {
      while (length < SAMPLED) endpoints[length++] = this.#sampler.draw(view, random)
    }
    for (let i = 0; i < KEPT; i++) {
      const kept = this.#kept[i]
      if (kept === undefined) continue
      if (view.has(kept)) endpoints[length++] = kept
      else this.#kept[i] = undefined
    }
    this.size = length
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
