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
    const aliases = this.#aliases
    const asks = aliases !== undefined && !view.complete
    for (let i = 0; i < MAX_DRAWS; i++) {
      const endpoint = aliases === undefined ? view.at(below(random, view.size)) : aliases.draw(random)
      if (asks && !view.has(endpoint)) continue
      if (isWarm(endpoint, random)) return endpoint
    }
    return scan(view, random)
  }

  /** Draws several at once, as {@link AliasTable.sample} does; any where those that are eligible have next to no weight. */
  sample(view: EndpointTable, random: Random, into: LiveEndpoint[], count: number): void {
    if (this.#version !== view.version) this.#index(view)
    const found = this.#aliases?.sample(view, random, into, count) ?? 0
    for (let i = found; i < count; i++) into[i] = view.at(below(random, view.size))
  }

  /** Draws another one than `first`, in the same way; there must be two. */
  drawOther(view: EndpointTable, random: Random, first: LiveEndpoint): LiveEndpoint {
    const aliases = this.#aliases
    const asks = aliases !== undefined && !view.complete
    for (let i = 0; i < MAX_DRAWS; i++) {
      const second = aliases === undefined ? another(view, random, first) : aliases.draw(random)
      if (second === first || (asks && !view.has(second))) continue
      if (isWarm(second, random)) return second
    }
    // Where one has nearly all of the weight, any other is good enough.
    return another(view, random, first)
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

/** One that is drawn for its whole weight, and has less of it while it warms up, is taken as often as it has. */
function isWarm({ weight, effectiveWeight }: LiveEndpoint, random: Random): boolean {
  return effectiveWeight === weight || random() * weight < effectiveWeight
}

/** One of the size - 1 others. */
function another(view: EndpointTable, random: Random, first: LiveEndpoint): LiveEndpoint {
  const slot = below(random, view.size - 1)
  return view.at(slot < view.slotOf(first) ? slot : slot + 1)
}

/** One pass that keeps each endpoint with probability weight / weight so far: exact, O(n). */
function scan(view: EndpointTable, random: Random): LiveEndpoint {
  let kept = view.at(0)
  let sum = 0
  for (let i = 0; i < view.size; i++) {
    const endpoint = view.at(i)
    sum += endpoint.effectiveWeight
    if (random() * sum < endpoint.effectiveWeight) kept = endpoint
  }
  return kept
}
