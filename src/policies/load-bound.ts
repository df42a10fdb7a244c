import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { checkNumber } from '../core/validate.js'

/** Up to here weights are added up at every pick; above, once in as many picks as there are endpoints. */
const ADD_UP = 32

/** The factor of an option `boundedLoad`; `undefined` when there is no bound. */
export function checkBoundedLoad(given: number | undefined, path: string): number | undefined {
  return given === undefined ? undefined : checkNumber(given, path, 1.25, { min: 1, max: 1_000_000 })
}

/**
 * How many calls an endpoint may have under way: its share, by weight, of `factor` times what all have.
 *
 *     slots = max(1, ceil(weight / all weights x ceil((calls under way + 1) x factor)))
 *
 * Slots sum to more than the calls under way, so there is always an endpoint with room.
 *
 * Source: Mirrokni, Thorup, Zadimoghaddam, "Consistent Hashing with Bounded Loads" (2016); Envoy's
 * `hash_balance_factor`, which lets one more call in.
 */
export class LoadBound {
  readonly #factor: number
  #view: EndpointTable | undefined
  #version = -1
  #size = 0
  #picks = 0
  #weight = 0
  #capacity = 0

  constructor(factor: number) {
    this.#factor = factor
  }

  /** To be called at the beginning of a pick. */
  measure(view: EndpointTable): void {
    if (
      view.size <= ADD_UP ||
      view !== this.#view ||
      view.version !== this.#version ||
      view.size !== this.#size ||
      ++this.#picks > view.size
    ) {
      this.#weigh(view)
    }
    this.#capacity = Math.ceil((view.inFlight + 1) * this.#factor)
  }

  /** Is there room for one more call? */
  admits({ inFlight, weight }: LiveEndpoint): boolean {
    return inFlight < Math.max(1, Math.ceil((weight / this.#weight) * this.#capacity))
  }

  /** The one with the fewest calls for its weight, when even the bound has to give way; first by id. */
  leastLoaded(view: EndpointTable, tried: readonly unknown[]): LiveEndpoint | undefined {
    let best: LiveEndpoint | undefined
    for (let i = 0; i < view.size; i++) {
      const endpoint = view.at(i)
      if (tried.includes(endpoint)) continue
      const difference =
        best === undefined ? -1 : endpoint.inFlight / endpoint.weight - best.inFlight / best.weight
      if (difference < 0 || (difference === 0 && endpoint.id < best!.id)) best = endpoint
    }
    return best
  }

  /** Weight of those that can be picked, since only they have room. */
  #weigh(view: EndpointTable): void {
    this.#view = view
    this.#version = view.version
    this.#size = view.size
    this.#picks = 0
    this.#weight = 0
    for (let i = 0; i < view.size; i++) this.#weight += view.at(i).weight
  }
}
