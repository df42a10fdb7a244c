import { invalidConfig } from '../../core/errors.js'
import { checkSource } from '../check-source.js'
import { type ListedEndpoint, Listing } from '../listed.js'
import type { DiscoverySource } from '../source.js'
import { through } from './through.js'

/**
 * The endpoints of a source that a predicate accepts. If it throws, the endpoint is left out, and that is told. When
 * none is left, the last list that had one stays in use, as with any source.
 *
 * ```ts
 * filter(http({ url }), ({ metadata }) => metadata['version'] === 'v2')
 * ```
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function filter(
  source: DiscoverySource,
  predicate: (endpoint: ListedEndpoint) => boolean,
): DiscoverySource {
  checkSource(source, 'filter.source')
  if (typeof predicate !== 'function') throw invalidConfig('filter.predicate', predicate, 'a function')
  return through(source, 'filter', () => {
    const listing = new Listing()
    return (list, mistakes) =>
      listing
        .read(list)
        .filter(({ endpoint }) => {
          try {
            return endpoint === undefined || predicate(endpoint)
          } catch (error) {
            mistakes.add(error)
            return false
          }
        })
        .map(({ input }) => input)
  })
}
