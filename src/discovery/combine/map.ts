import type { EndpointInput, EndpointOptions } from '../../core/endpoint.js'
import { invalidConfig } from '../../core/errors.js'
import { checkSource } from '../check-source.js'
import { type ListedEndpoint, Listing } from '../listed.js'
import type { DiscoverySource } from '../source.js'
import { through } from './through.js'

/**
 * The endpoints of a source as a function makes them; `undefined` leaves one out. If it throws, the endpoint is left
 * out, and that is told: the others are as good as before.
 *
 * ```ts
 * map(dns, (endpoint) => ({ ...endpoint, weight: endpoint.zone === 'a' ? 2 : 1 }))
 * ```
 *
 * An id that was not given follows the URL, if that is changed.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function map(
  source: DiscoverySource,
  change: (endpoint: ListedEndpoint) => EndpointInput | undefined,
): DiscoverySource {
  checkSource(source, 'map.source')
  if (typeof change !== 'function') throw invalidConfig('map.change', change, 'a function')
  return through(source, 'map', () => {
    const listing = new Listing()
    return (list, mistakes) =>
      listing.read(list).flatMap(({ input, endpoint }) => {
        if (endpoint === undefined) return [input]
        try {
          const changed = change(endpoint)
          return changed === undefined ? [] : [renamed(changed, endpoint, input)]
        } catch (error) {
          mistakes.add(error)
          return []
        }
      })
  })
}

/** Without the id that came from the place where the endpoint was before. */
function renamed(changed: EndpointInput, before: ListedEndpoint, input: EndpointInput): EndpointInput {
  if (typeof changed !== 'object' || changed === null || changed instanceof URL) return changed
  const moved =
    changed.url !== before.url || changed.address !== before.address || changed.port !== before.port
  const { id } = input as EndpointOptions
  return moved && id === undefined && changed.id === before.id ? { ...changed, id: undefined } : changed
}
