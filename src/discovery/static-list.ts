import type { EndpointInput } from '../core/endpoint.js'
import { parseList } from './reconciler.js'
import type { DiscoverySource } from './source.js'

/**
 * A list that never changes, as a source: a part of `merge`, or the last resort of `fallback`.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` for the first mistake in it
 */
export function staticList(endpoints: readonly EndpointInput[]): DiscoverySource {
  parseList(endpoints, 'staticList', () => {})
  const list = [...endpoints]
  return {
    name: 'static',
    watch(sink) {
      sink.update(list)
      return { close() {} }
    },
  }
}
