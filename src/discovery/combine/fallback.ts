import { checkDuration, checkNumber, checkObject } from '../../core/validate.js'
import { checkSources } from '../check-source.js'
import type { DiscoverySource } from '../source.js'
import { FallbackWatch } from './fallback-watch.js'

/** Options of {@link fallback}. */
export interface FallbackOptions {
  /**
   * How long a source may have nothing to use before the next one takes over, in ms: at the start no list (one that fails is
   * not waited for), later empty answers. Default 5000.
   */
  readonly after?: number
  /**
   * How long a source must have been well, without a failure between, before it takes over again from a later one, in
   * ms. Default 10 000.
   */
  readonly back?: number
  /**
   * A list that has been stale for so long, in ms, is nothing to use any more, if a later source has one. Default:
   * never, since who is in it is judged by calls and health checks, and mostly still there.
   */
  readonly maxStale?: number
}

/**
 * The list of the first source that has one to use. A source that fails and has a list keeps being used, with its last
 * good list; see `maxStale`. A later source is not contacted until the one before it has nothing to use; from then on
 * it is followed. What is in use, and why, is in `snapshot().discovery.parts`.
 *
 * ```ts
 * fallback([http({ url }), staticList(['http://10.9.0.1:8080'])])
 * ```
 *
 * The model is the alternation of Finagle's delegation tables, `a | b`, which goes on only from an answer that says
 * "nothing", with times, so that it does not swing.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function fallback(
  sources: readonly DiscoverySource[],
  options: FallbackOptions = {},
): DiscoverySource {
  const checked = checkSources(sources, 'fallback.sources')
  checkObject(options, 'fallback', ['after', 'back', 'maxStale'])
  const { maxStale = Number.POSITIVE_INFINITY } = options
  const times = {
    after: checkNumber(options.after, 'fallback.after', 5_000),
    back: checkNumber(options.back, 'fallback.back', 10_000),
    maxStale:
      maxStale === Number.POSITIVE_INFINITY
        ? maxStale
        : checkDuration(maxStale, 'fallback.maxStale', maxStale),
  }
  return {
    name: `fallback(${checked.map(({ name }) => name).join(', ')})`,
    dialsAddresses: checked.some(({ dialsAddresses }) => dialsAddresses === true),
    watch: (sink, context) => new FallbackWatch(checked, times, sink, context),
  }
}
