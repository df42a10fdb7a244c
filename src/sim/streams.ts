import { hash32 } from '../core/hash.js'
import type { Random } from '../core/random.js'
import { seededRandom } from '../testing/seeded-random.js'

/**
 * Random numbers for one purpose. Each has a stream of its own, so that a policy which draws more
 * does not change when requests arrive or how long they take.
 */
export function stream(seed: number, purpose: string): Random {
  return seededRandom(hash32(purpose, seed | 0))
}
