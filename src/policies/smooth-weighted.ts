import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { PerEndpoint } from '../core/per-endpoint.js'
import { below, type Random } from '../core/random.js'

/** Enough steps to land anywhere in the cycle of any weights that are found in practice. */
const MAX_PHASE = 1024
const NONE: readonly LiveEndpoint[] = []

/**
 * nginx's smooth weighted round robin: in each turn every endpoint gains its weight, the richest is
 * picked and pays for all. Weights 5, 1, 1 give `a a b a c a a`, never five in a row. O(n).
 */
export class SmoothWeighted {
  readonly #current = new PerEndpoint()
  #started = false
  #version = -1

  pick(view: EndpointTable, random: Random, tried: readonly unknown[]): LiveEndpoint | undefined {
    if (this.#version !== view.version) this.#restrain(view)
    if (!this.#started) this.#start(view, random)
    return this.#turn(view, tried)
  }

  /** What was gained or paid with other weights must not last for many turns; who is new has nothing yet. */
  #restrain(view: EndpointTable): void {
    this.#version = view.version
    let total = 0
    for (let i = 0; i < view.total; i++) total += view.at(i).weight
    for (let i = 0; i < view.total; i++) {
      const endpoint = view.at(i)
      const current = this.#current.get(endpoint)
      this.#current.set(endpoint, Number.isNaN(current) ? 0 : Math.min(total, Math.max(-total, current)))
    }
  }

  /** Begins somewhere in the cycle, so that a fleet of clients started together does not march in step. */
  #start(view: EndpointTable, random: Random): void {
    this.#started = true
    let total = 0
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i < view.size; i++) {
      total += view.at(i).weight
      least = Math.min(least, view.at(i).weight)
    }
    for (let i = below(random, Math.min(Math.ceil(total / least), MAX_PHASE)); i > 0; i--)
      this.#turn(view, NONE)
  }

  #turn(view: EndpointTable, tried: readonly unknown[]): LiveEndpoint | undefined {
    let best: LiveEndpoint | undefined
    let most = Number.NEGATIVE_INFINITY
    let total = 0
    for (let i = 0; i < view.size; i++) {
      const endpoint = view.at(i)
      if (tried.length > 0 && tried.includes(endpoint)) continue
      const current = this.#current.get(endpoint) + endpoint.effectiveWeight
      this.#current.set(endpoint, current)
      total += endpoint.effectiveWeight
      // Slots move as endpoints are ejected and come back; the order of the list does not.
      if (current < most || (current === most && endpoint.order > best!.order)) continue
      best = endpoint
      most = current
    }
    if (best !== undefined) this.#current.set(best, most - total)
    return best
  }
}
