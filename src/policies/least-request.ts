import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { checkNumber, checkObject } from '../core/validate.js'
import type { PickContext, Policy } from './policy.js'
import { WeightedSampler } from './weighted-sampler.js'

/** Options of {@link leastRequest}. */
export interface LeastRequestOptions {
  /**
   * How many endpoints are compared: `'all'`, or so many that are drawn by weight. Default: all of up to
   * 16, and 2 of more.
   */
  readonly choices?: number | 'all'
  /**
   * What calls under way count for against weight: endpoints are compared by `inFlight ^ bias / weight`.
   * Above 1 a heavy endpoint is relieved sooner, below 1 weights count for more. Default 1.
   */
  readonly bias?: number
}

/** Up to here every endpoint is looked at: cheaper than two random draws are worth, and never blind. */
const FULL_SCAN = 16

class LeastRequestPolicy implements Policy {
  readonly name = 'least-request'
  readonly #options: LeastRequestOptions
  readonly #scanned: number
  readonly #draws: number
  readonly #bias: number
  readonly #sampler = new WeightedSampler()

  constructor(options: LeastRequestOptions) {
    checkObject(options, 'leastRequest', ['choices', 'bias'])
    this.#options = options
    const { choices } = options
    const all = choices === 'all'
    this.#draws = all
      ? 2
      : checkNumber(choices, 'leastRequest.choices', 2, { min: 2, max: 100, integer: true })
    this.#scanned = all ? Number.POSITIVE_INFINITY : choices === undefined ? FULL_SCAN : 1
    this.#bias = checkNumber(options.bias, 'leastRequest.bias', 1, { exclusive: true, max: 100 })
  }

  pick(view: EndpointTable, context: PickContext): LiveEndpoint | undefined {
    return view.size <= this.#scanned ? this.#scan(view, context) : this.#sample(view, context)
  }

  fork(): Policy {
    return new LeastRequestPolicy(this.#options)
  }

  /** The fewest calls per weight; ties are drawn by weight, so idle endpoints get their share too. */
  #scan(view: EndpointTable, { random, tried }: PickContext): LiveEndpoint | undefined {
    let best: LiveEndpoint | undefined
    let least = Number.POSITIVE_INFINITY
    let tied = 0
    for (let i = 0; i < view.size; i++) {
      const endpoint = view.at(i)
      if (tried.length > 0 && tried.includes(endpoint)) continue
      const load = this.#load(endpoint)
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

  /** Different endpoints, each drawn by weight; the one with the fewest calls per weight. */
  #sample(view: EndpointTable, { random, tried }: PickContext): LiveEndpoint {
    let best = this.#sampler.draw(view, random)
    for (let i = 1; i < this.#draws && view.size > 1; i++) {
      const other = this.#sampler.drawOther(view, random, best)
      if (tried.length > 0 && tried.includes(other) !== tried.includes(best)) {
        if (tried.includes(best)) best = other
      } else if (this.#load(other) < this.#load(best)) best = other
    }
    return best
  }

  #load({ inFlight, effectiveWeight }: LiveEndpoint): number {
    return (this.#bias === 1 ? inFlight : inFlight ** this.#bias) / effectiveWeight
  }
}

/**
 * The endpoint with the fewest calls of this process under way, relative to its weight.
 *
 * All endpoints are compared when there are at most 16, else two different ones, drawn by weight
 * (the "power of two choices"): O(1) a pick at any size, and a fleet of clients that learn of an
 * idle server does not fall on it together. At rest traffic follows the weights; under load the
 * calls in flight do. A good choice when calls differ much in cost. A change of membership or of
 * unequal weights costs O(n) at the next draw, and nothing while all are compared.
 *
 * Source: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing" (2001); nginx
 * `least_conn` for the weights and ties; Envoy's `LEAST_REQUEST` for `choices` and `bias`.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function leastRequest(options: LeastRequestOptions = {}): Policy {
  return new LeastRequestPolicy(options)
}
