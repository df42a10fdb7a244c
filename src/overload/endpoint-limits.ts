import { isWell, type LiveEndpoint, UNLIMITED } from '../core/endpoint.js'
import type { EndpointSet } from '../core/endpoint-set.js'
import type { Outcome } from '../core/outcome.js'
import type { Random } from '../core/random.js'
import { AdaptiveLimit } from './adaptive-limit.js'
import { GradientLimit } from './gradient.js'

/** How long a sum over all endpoints is gone by, in ms. */
const SUM_LASTS = 100

/** How many calls each endpoint may have under way, which it may find out by itself. */
export class EndpointLimits {
  readonly #endpoints: EndpointSet
  readonly #random: Random
  readonly #limit: number | AdaptiveLimit
  readonly #gradients = new WeakMap<LiveEndpoint, GradientLimit>()
  #sum = 0
  #summedAt = Number.NEGATIVE_INFINITY
  #revision = -1

  constructor(endpoints: EndpointSet, limit: number | AdaptiveLimit, random: Random) {
    this.#endpoints = endpoints
    this.#limit = limit
    this.#random = random
    endpoints.limit = limit instanceof AdaptiveLimit ? limit.initial : Math.min(limit, UNLIMITED)
  }

  /** An attempt has ended, and its place is free already. */
  observe(endpoint: LiveEndpoint, { kind, latency }: Outcome, now: number): void {
    if (!(this.#limit instanceof AdaptiveLimit)) return
    const gradient = this.#of(endpoint, this.#limit)
    const inFlight = endpoint.inFlight + 1
    switch (kind) {
      case 'success':
        gradient.answered(latency, inFlight, now)
        break
      case 'overloaded':
      case 'gateway-error':
      case 'timeout':
        gradient.dropped(inFlight, now)
        break
      default:
        return
    }
    const { limit } = gradient
    if (limit !== endpoint.limit) this.#endpoints.limitTo(endpoint, limit)
  }

  /** How many calls all endpoints that are well may have under way together. */
  sum(now: number): number {
    if (!(this.#limit instanceof AdaptiveLimit))
      return this.#limit === Number.POSITIVE_INFINITY ? this.#limit : this.#limit * this.#endpoints.eligible
    const { revision } = this.#endpoints
    if (now - this.#summedAt < SUM_LASTS && revision === this.#revision) return this.#sum
    this.#summedAt = now
    this.#revision = revision
    this.#sum = 0
    for (const endpoint of this.#endpoints.all()) if (isWell(endpoint)) this.#sum += endpoint.limit
    return this.#sum
  }

  #of(endpoint: LiveEndpoint, options: AdaptiveLimit): GradientLimit {
    let gradient = this.#gradients.get(endpoint)
    if (gradient === undefined) {
      gradient = new GradientLimit(options, this.#random)
      this.#gradients.set(endpoint, gradient)
    }
    return gradient
  }
}
