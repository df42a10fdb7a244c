import { invalidConfig } from '../../core/errors.js'
import { checkDuration, checkObject } from '../../core/validate.js'
import { checkSource } from '../check-source.js'
import type { DiscoverySource } from '../source.js'
import { CachedWatch } from './cached-watch.js'
import type { ListStore } from './list-store.js'

/** Options of {@link cached}. */
export interface CachedOptions {
  /** A copy that is older is not used, in ms. Default: a day. */
  readonly maxAge?: number
}

const A_DAY = 86_400_000

/**
 * A source whose last good list survives the process: calls go on with the copy until the source answers, and if it does
 * not, as long as the copy is not too old. Until then the list is stale in `snapshot()`, and as old as it is. For
 * serverless functions, whose first call need not wait for discovery, and for registries that are down when a service
 * is started.
 *
 * ```ts
 * cached(http({ url }), fileStore('/var/cache/users.json'))
 * ```
 *
 * Metadata whose name looks like that of a secret (password, token, …) is not written. A list is written when it has
 * changed, and else now and then so that the copy does not grow old. A store that fails is told as a warning and takes
 * nothing away from the list.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function cached(
  source: DiscoverySource,
  store: ListStore,
  options: CachedOptions = {},
): DiscoverySource {
  checkSource(source, 'cached.source')
  if (typeof store?.get !== 'function' || typeof store.set !== 'function')
    throw invalidConfig('cached.store', store, 'an object with get() and set()')
  checkObject(options, 'cached', ['maxAge'])
  const maxAge = checkDuration(options.maxAge, 'cached.maxAge', A_DAY)
  return {
    name: `cached(${source.name})`,
    dialsAddresses: source.dialsAddresses ?? false,
    watch: (sink, context) => new CachedWatch(source, store, maxAge, sink, context),
  }
}
