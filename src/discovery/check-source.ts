import { invalidConfig } from '../core/errors.js'
import type { DiscoverySource } from './source.js'

const WHAT = 'a discovery source: an object with a name and watch()'

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkSource(given: DiscoverySource, path: string): DiscoverySource {
  if (typeof given?.watch === 'function' && typeof given.name === 'string') return given
  throw invalidConfig(path, given, WHAT)
}

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkSources(given: readonly DiscoverySource[], path: string): readonly DiscoverySource[] {
  if (!Array.isArray(given) || given.length === 0)
    throw invalidConfig(path, given, 'an array of discovery sources')
  return given.map((source, index) => checkSource(source, `${path}[${index}]`))
}
