import { checkObject } from '../core/validate.js'
import { KeyedPolicy } from './keyed-policy.js'
import { checkBoundedLoad } from './load-bound.js'
import type { Policy } from './policy.js'

/** Options of {@link rendezvous}. */
export interface RendezvousOptions {
  /**
   * An endpoint takes at most this many times its share, by weight, of the calls of this process that
   * are under way; a call above that goes to the next choice of its key. At least 1; 1.25 to 2 are
   * usual. Default: no bound.
   */
  readonly boundedLoad?: number
}

/**
 * The same key to the same endpoint, by rendezvous hashing (highest random weight): of all endpoints
 * the one with the highest score for the key. Calls without a key go anywhere, by weight.
 *
 * The most exact of the three: shares are the weights' to within chance, and when an endpoint comes,
 * goes, fails or changes weight, only keys move that have to. There is nothing to build, but every pick
 * looks at every endpoint: O(n), 0.3 us of 10, 0.75 us of 50 and 1.2 us of 100. For more than about 50
 * endpoints use {@link ringHash} or
 * {@link maglev}.
 *
 * A retry, an ejection and a full endpoint send a key to its next choice, which is the same in every
 * process and every runtime; an endpoint that comes back gets exactly its keys back.
 *
 * Source: Thaler and Ravishankar (1996), with weights by Schindelhauer and Schomaker (2005); the bound
 * as in "Consistent Hashing with Bounded Loads" (2016).
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` for an option that is out of bounds
 */
export function rendezvous(options: RendezvousOptions = {}): Policy {
  checkObject(options, 'rendezvous', ['boundedLoad'])
  return new KeyedPolicy('rendezvous', checkBoundedLoad(options.boundedLoad, 'rendezvous.boundedLoad'))
}
