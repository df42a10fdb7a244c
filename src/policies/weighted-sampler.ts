import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { below, type Random } from '../core/random.js'
import { AliasTable } from './alias-table.js'

/** Draws that miss before the exact scan: with half of the weight eligible, 2^-16 of draws get there. */
const MAX_DRAWS = 16

/**
 * Draws an eligible endpoint in proportion to weight, O(1).
 *
 * Equal weights need no index: the eligible ones are a prefix. Otherwise an alias table over all
 * weighted endpoints is kept, and draws of one that is not eligible now are repeated; so ejections
 * cost no rebuild, only membership and weight changes do (O(n), at the next draw).
 */
export class WeightedSampler {
  #version = -1
  #aliases: AliasTable | undefined

  draw(view: EndpointTable, random: Random): LiveEndpoint {
    if (this.#version !== view.version) this.#index(view)
    if (this.#aliases === undefined) return view.at(below(random, view.size))
    for (let i = 0; i < MAX_DRAWS; i++) {
      const endpoint = this.#aliases.draw(random)
      if (view.has(endpoint)) return endpoint
    }
    return scan(view, random)
  }

  /** Draws another one than `first`, in the same way; there must be two. */
  drawOther(view: EndpointTable, random: Random, first: LiveEndpoint): LiveEndpoint {
    if (this.#aliases !== undefined) {
      for (let i = 0; i < MAX_DRAWS; i++) {
        const second = this.#aliases.draw(random)
        if (second !== first && view.has(second)) return second
      }
    }
    // Over the size - 1 others: exact for equal weights, and good enough where one has nearly all of it.
    const slot = below(random, view.size - 1)
    return view.at(slot < first.slot ? slot : slot + 1)
  }

  #index(view: EndpointTable): void {
    this.#version = view.version
    const weighted: LiveEndpoint[] = []
    let equal = true
    for (let i = 0; i < view.total; i++) {
      const endpoint = view.at(i)
      if (endpoint.weight === 0) continue
      weighted.push(endpoint)
      equal &&= endpoint.weight === weighted[0]!.weight
    }
    this.#aliases = equal ? undefined : new AliasTable(weighted)
  }
}

/** One pass that keeps each endpoint with probability weight / weight so far: exact, O(n). */
function scan(view: EndpointTable, random: Random): LiveEndpoint {
  let kept = view.at(0)
  let sum = 0
  for (let i = 0; i < view.size; i++) {
    const endpoint = view.at(i)
    sum += endpoint.weight
    if (random() * sum < endpoint.weight) kept = endpoint
  }
  return kept
}
