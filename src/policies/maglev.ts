import { invalidConfig } from '../core/errors.js'
import { checkNumber, checkObject } from '../core/validate.js'
import { KeyedPolicy } from './keyed-policy.js'
import { checkBoundedLoad } from './load-bound.js'
import { isPrime, MaglevTable } from './maglev-table.js'
import type { Policy } from './policy.js'

/** As Envoy. */
const MAX_SIZE = 5_000_011

/** Options of {@link maglev}. */
export interface MaglevOptions {
  /**
   * How many slots the table has at least, a prime up to 5,000,011. It is larger where that would be
   * fewer than 10 for each endpoint: four times as large, rounded up to a prime, and so on. Default
   * 65,537, as Envoy.
   */
  readonly tableSize?: number
  /**
   * An endpoint takes at most this many times its share, by weight, of the calls of this process that
   * are under way; a call above that goes to the next choice of its key. At least 1; 1.25 to 2 are
   * usual. Default: no bound.
   */
  readonly boundedLoad?: number
}

/**
 * The same key to the same endpoint, by Google's Maglev hashing: one look into a table of slots, of
 * which each endpoint has its weight's share, to within one slot. Calls without a key go anywhere, by
 * weight.
 *
 * The fastest to pick at any size and the most even of the two with an index. The price is that of a change: the
 * whole table is filled anew at the next pick, O(slots), 40 ms for 10,000 endpoints, and beside the keys
 * that have to move a few others do: 0.2 % of all with 10 endpoints. A pick takes 0.2 us, and 0.7 us of 100,000. Ejections cost nothing and move only the keys of the one ejected.
 *
 * A retry, an ejection and a full endpoint send a key to its next choice, which is the same in every
 * process and every runtime; an endpoint that comes back gets exactly its keys back.
 *
 * Source: "Maglev: A Fast and Reliable Software Network Load Balancer" (2016), weights as Envoy; the
 * bound as in "Consistent Hashing with Bounded Loads" (2016).
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` for an option that is out of bounds
 */
export function maglev(options: MaglevOptions = {}): Policy {
  checkObject(options, 'maglev', ['tableSize', 'boundedLoad'])
  const size = checkNumber(options.tableSize, 'maglev.tableSize', 65_537, {
    min: 3,
    max: MAX_SIZE,
    integer: true,
  })
  if (!isPrime(size)) throw invalidConfig('maglev.tableSize', size, 'a prime, such as 65537 or 655373')
  return new KeyedPolicy(
    'maglev',
    checkBoundedLoad(options.boundedLoad, 'maglev.boundedLoad'),
    () => new MaglevTable(size),
  )
}
