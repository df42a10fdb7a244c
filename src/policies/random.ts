import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import type { PickContext, Policy } from './policy.js'
import { WeightedSampler } from './weighted-sampler.js'

class RandomPolicy {
  readonly name = 'random'
  readonly #sampler = new WeightedSampler()

  pick(view: EndpointTable, context: PickContext): LiveEndpoint {
    return this.#sampler.draw(view, context.random)
  }

  fork(): Policy {
    return random()
  }
}

/**
 * A random endpoint, in proportion to weight.
 *
 * O(1) a pick at any size; a change of membership or of unequal weights costs O(n) once. Knows
 * nothing of load or latency: choose it when calls are alike and many, or to compare against.
 *
 * Source: Walker's alias method, in Vose's form (1991).
 */
export function random(): Policy {
  return new RandomPolicy()
}
