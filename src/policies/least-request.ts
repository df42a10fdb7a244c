import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import type { PickContext, Policy } from './policy.js'
import { WeightedSampler } from './weighted-sampler.js'

/** Up to here every endpoint is looked at: cheaper than two random draws are worth, and never blind. */
const FULL_SCAN = 16

class LeastRequestPolicy {
  readonly name = 'least-request'
  readonly #sampler = new WeightedSampler()

  pick(view: EndpointTable, context: PickContext): LiveEndpoint | undefined {
    return view.size <= FULL_SCAN ? this.#scan(view, context) : this.#two(view, context)
  }

  fork(): Policy {
    return leastRequest()
  }

  /** The fewest calls per weight; ties are drawn by weight, so idle endpoints get their share too. */
  #scan(view: EndpointTable, { random, tried }: PickContext): LiveEndpoint | undefined {
    let best: LiveEndpoint | undefined
    let least = Number.POSITIVE_INFINITY
    let tied = 0
    for (let i = 0; i < view.size; i++) {
      const endpoint = view.at(i)
      if (tried.length > 0 && tried.includes(endpoint)) continue
      const load = endpoint.inFlight / endpoint.effectiveWeight
      if (load > least) continue
      if (load < least) {
        least = load
        tied = 0
      }
      tied += endpoint.effectiveWeight
      // The first of a tie needs no draw.
      if (tied === endpoint.effectiveWeight || random() * tied < endpoint.effectiveWeight) best = endpoint
    }
    return best
  }

  /** Two different endpoints, each drawn by weight; the one with fewer calls per weight. */
  #two(view: EndpointTable, { random, tried }: PickContext): LiveEndpoint {
    const first = this.#sampler.draw(view, random)
    const second = this.#sampler.drawOther(view, random, first)
    if (tried.length > 0) {
      if (tried.includes(first)) return second
      if (tried.includes(second)) return first
    }
    return second.inFlight / second.effectiveWeight < first.inFlight / first.effectiveWeight ? second : first
  }
}

/**
 * The endpoint with the fewest calls of this process under way, relative to its weight.
 *
 * All endpoints are compared when there are at most 16, else two different ones, drawn by weight
 * (the "power of two choices"): O(1) a pick at any size, and a fleet of clients that learn of an
 * idle server does not fall on it together. At rest traffic follows the weights; under load the
 * calls in flight do. A good choice when calls differ much in cost.
 *
 * Source: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing" (2001); nginx
 * `least_conn` for the weights and ties; Envoy's `LEAST_REQUEST`.
 */
export function leastRequest(): Policy {
  return new LeastRequestPolicy()
}
