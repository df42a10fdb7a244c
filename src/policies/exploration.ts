import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { below } from '../core/random.js'
import type { LoadEstimates } from './load-estimates.js'
import type { PickContext } from './policy.js'

/** Of so many calls one may be spent on an endpoint that nobody has heard of for the longest time. */
const SHARE = 0.01
/** Where calls are rare, there is a look after so many ms all the same. */
const LONGEST = 30_000
/** A look costs as many calls' worth as the endpoint was slower, but no more than this. */
const MOST = 10
/** So many are searched for the one: enough to have all of a usual fleet, and O(1) for a huge one. */
const SEARCHED = 128
/** News that are younger than so many mean latencies are not worth a look. */
const FRESH = 2

/**
 * Looks at endpoints again that selection passes over: a server that was slow and has healed is found
 * by nobody who only goes where it is fast. A hundredth of the calls pays for it, less where the endpoint is
 * known to be slow, and more where calls are rare. An endpoint with a call under way is looked at already.
 */
export class Exploration {
  #credit = 0
  #at = Number.NaN

  /** The endpoint that this call is to look at; mostly none. */
  next(
    view: EndpointTable,
    estimates: LoadEstimates,
    { now, random }: PickContext,
  ): LiveEndpoint | undefined {
    const passed = Number.isNaN(this.#at) ? 0 : (now - this.#at) / LONGEST
    this.#at = now
    this.#credit = Math.min(1, this.#credit + Math.max(SHARE, passed))
    if (this.#credit < 1) return undefined
    const searched = Math.min(view.size, SEARCHED)
    let slot = below(random, view.size)
    let found: LiveEndpoint | undefined
    let longest = now - FRESH * estimates.typicalLatency
    for (let i = 0; i < searched; i++) {
      const endpoint = view.at(slot)
      if (++slot === view.size) slot = 0
      if (endpoint.inFlight > 0) continue
      estimates.recall(endpoint)
      if (!(estimates.heardAt < longest)) continue
      found = endpoint
      longest = estimates.heardAt
    }
    // The half that is left to chance keeps clients out of step; and after a search in vain the next one is not at once.
    const left = random() / 2
    if (found === undefined) {
      this.#credit = left
      return undefined
    }
    estimates.assess(found)
    const slower = estimates.expectedLatency / estimates.typicalLatency
    this.#credit -= Math.min(MOST, Math.max(1, slower)) - left
    return found
  }
}
