import { hash32 } from '../../core/hash.js'
import { checkNumber, checkObject, checkText } from '../../core/validate.js'
import { checkSource } from '../check-source.js'
import { type Entry, type ListedEndpoint, Listing } from '../listed.js'
import type { DiscoverySource } from '../source.js'
import { through } from './through.js'

/** Options of {@link subset}. */
export interface SubsetSourceOptions {
  /** What tells this client from the others, and stays the same while it lives: a host name, a pod's name. */
  readonly id: string
  /** How many endpoints of each priority to keep. Default 20. */
  readonly size?: number
}

/**
 * The part of a long list that is this client's: of each priority the endpoints whose hash together with the client's
 * id is lowest. When one comes or goes, at most one of the part changes.
 *
 * What is left out does not exist for the balancer. Use `subsetting: rendezvousSubset({ id })` of `createBalancer`
 * instead, which chooses the same ones, wherever that does no harm: it shows the others in `snapshot()`, and with
 * `rocksteadierSubset` evens out how many clients each endpoint has. This is for lists so long that the rest should not
 * even be kept, and for `merge`, where one part is to be cut and another is not.
 *
 * Source: gRPC A68, "Random subsetting with rendezvous hashing".
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function subset(source: DiscoverySource, options: SubsetSourceOptions): DiscoverySource {
  checkSource(source, 'subset.source')
  checkObject(options, 'subset', ['id', 'size'])
  const seed = hash32(checkText(options.id, 'subset.id', "this client's id, a string"))
  const size = checkNumber(options.size, 'subset.size', 20, { min: 1, integer: true })
  return through(source, 'subset', () => {
    const listing = new Listing()
    return (list) => {
      const entries = listing.read(list)
      const kept = new Set<ListedEndpoint | undefined>([undefined])
      for (const members of byPriority(entries).values())
        for (const endpoint of nearest(members, seed, size)) kept.add(endpoint)
      return entries.filter(({ endpoint }) => kept.has(endpoint)).map(({ input }) => input)
    }
  })
}

function byPriority(entries: readonly Entry[]): ReadonlyMap<number | undefined, ListedEndpoint[]> {
  const groups = new Map<number | undefined, ListedEndpoint[]>()
  for (const { endpoint } of entries) {
    if (endpoint === undefined) continue
    const group = groups.get(endpoint.priority)
    if (group === undefined) groups.set(endpoint.priority, [endpoint])
    else group.push(endpoint)
  }
  return groups
}

/** The same as those of `rendezvousSubset`. */
function nearest(members: readonly ListedEndpoint[], seed: number, size: number): ListedEndpoint[] {
  if (members.length <= size) return [...members]
  return members
    .map((endpoint) => ({ endpoint, hash: hash32(endpoint.id, seed) }))
    .sort((a, b) => a.hash - b.hash || (a.endpoint.id < b.endpoint.id ? -1 : 1))
    .slice(0, size)
    .map(({ endpoint }) => endpoint)
}
