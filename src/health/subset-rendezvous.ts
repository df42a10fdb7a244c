import { hash32 } from '../core/hash.js'
import { checkObject, checkText } from '../core/validate.js'
import { checkSize, type SubsetMember, type Subsetting } from './subsetting.js'

/** Options of {@link rendezvousSubset}. */
export interface RendezvousSubsetOptions {
  /** What tells this client from the others, and stays the same while it lives: a host name, a pod's name. */
  readonly id: string
  /** How many endpoints to use. Default 20. */
  readonly size?: number
}

/**
 * The endpoints whose hash together with this client's id is lowest. Clients need not know of each other,
 * and when one endpoint comes or goes, at most one in the subset changes. The price is chance: with 20 of
 * each, the number of clients that an endpoint has varies by about 22 % (1 / sqrt(20)) of the mean.
 * `rocksteadierSubset` is even, and needs to know the client's number. O(n log n) a change.
 *
 * Source: gRPC A68, "Random subsetting with rendezvous hashing".
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function rendezvousSubset(options: RendezvousSubsetOptions): Subsetting {
  checkObject(options, 'rendezvousSubset', ['id', 'size'])
  const seed = hash32(checkText(options.id, 'rendezvousSubset.id', "this client's id, a string"))
  const size = checkSize(options.size, 'rendezvousSubset.size')
  return {
    name: 'rendezvous',
    shares: (members) => {
      const shares = new Float64Array(members.length)
      for (const i of nearest(members, seed, size)) shares[i] = 1
      return shares
    },
  }
}

function nearest(members: readonly SubsetMember[], seed: number, size: number): number[] {
  const hashes = members.map(({ id }) => hash32(id, seed))
  return members
    .map((_, i) => i)
    .sort((a, b) => hashes[a]! - hashes[b]! || (members[a]!.id < members[b]!.id ? -1 : 1))
    .slice(0, size)
}
