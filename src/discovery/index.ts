/**
 * Where endpoints come from: sources for every runtime, what combines them, and the contract for sources of your own.
 * @packageDocumentation
 */
export type { Random } from '../core/random.js'
export type { Clock } from '../runtime/clock.js'
export { type CachedOptions, cached } from './combine/cached.js'
export { type FallbackOptions, fallback } from './combine/fallback.js'
export { filter } from './combine/filter.js'
export type { ListStore } from './combine/list-store.js'
export { map } from './combine/map.js'
export { type MergeOptions, merge } from './combine/merge.js'
export { type SubsetSourceOptions, subset } from './combine/subset.js'
export type { ListOptions } from './endpoint-list.js'
export { type HttpSourceOptions, http } from './http/http-source.js'
export type { HttpSourceFetch, HttpSourceHeaders } from './http/request.js'
export type { ListedEndpoint } from './listed.js'
export type { DiscoveryContext, DiscoverySink, DiscoverySource, DiscoveryWatch } from './source.js'
export type { SourceStatus } from './source-status.js'
export { staticList } from './static-list.js'
export type { TargetLabels, TargetOptions } from './target-groups.js'
