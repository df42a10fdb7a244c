import { Gate, type LiveEndpoint } from '../core/endpoint.js'
import type { EndpointSet } from '../core/endpoint-set.js'
import type { Pool } from '../core/pool.js'
import type { Random } from '../core/random.js'
import type { Gatekeeper } from './gatekeeper.js'
import { TRIED_AT_LAST } from './trial-queue.js'

const NOBODY: readonly LiveEndpoint[] = []

/**
 * Whom to call when active checks have given up everybody that is left: a check that is wrong must not cost more than
 * one that is missing. Envoy's panic mode and AWS's load balancers do the same.
 */
export class LastResort {
  readonly #endpoints: EndpointSet
  readonly #gatekeeper: Gatekeeper
  readonly #random: Random
  /** Is the first of the list preferred to others of its priority? */
  readonly #inOrder: boolean

  constructor(endpoints: EndpointSet, gatekeeper: Gatekeeper, random: Random, inOrder: boolean) {
    this.#endpoints = endpoints
    this.#gatekeeper = gatekeeper
    this.#random = random
    this.#inOrder = inOrder
  }

  /** One with whom nothing else is wrong; one that the call has not tried, or not last, if there is one. */
  choose(tried: readonly LiveEndpoint[], within: Pool): LiveEndpoint | undefined {
    return this.#draw(within, tried) ?? this.#draw(within, tried.slice(-1)) ?? this.#draw(within, NOBODY)
  }

  /** One whose trial is due, marked as being tried: calls have given it up as well. */
  takeTrial(now: number, within: Pool): LiveEndpoint | undefined {
    return this.#gatekeeper.takeTrial(true, now, NOBODY, within, TRIED_AT_LAST)
  }

  /** Is there anybody in a pool? */
  has(within: Pool): boolean {
    return this.#draw(within, NOBODY) !== undefined || this.#gatekeeper.hasTrials(within, TRIED_AT_LAST)
  }

  /** Of the most preferred priority, and by weight. */
  #draw(within: Pool, avoid: readonly LiveEndpoint[]): LiveEndpoint | undefined {
    let drawn: LiveEndpoint | undefined
    let weights = 0
    for (const endpoint of this.#endpoints.all()) {
      const { gates, weight, priority } = endpoint
      if ((gates & ~Gate.EJECTED) !== Gate.UNHEALTHY || !within.accepts(endpoint)) continue
      if (avoid.includes(endpoint) || (drawn !== undefined && priority > drawn.priority)) continue
      if (drawn !== undefined && priority === drawn.priority && this.#inOrder) continue
      if (drawn !== undefined && priority < drawn.priority) weights = 0
      // Each of those seen so far is the one with a probability in proportion to its weight.
      weights += weight
      if (this.#random() * weights < weight) drawn = endpoint
    }
    return drawn
  }
}
