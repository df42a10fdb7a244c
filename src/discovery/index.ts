/**
 * Where endpoints come from: sources for every runtime, what combines them, and the contract for sources of your own.
 * @packageDocumentation
 */
export type { ListOptions } from './endpoint-list.js'
export { type HttpSourceOptions, http } from './http/http-source.js'
export type { HttpSourceFetch, HttpSourceHeaders } from './http/request.js'
export type { DiscoveryContext, DiscoverySink, DiscoverySource, DiscoveryWatch } from './source.js'
export type { SourceStatus } from './source-status.js'
export type { TargetLabels, TargetOptions } from './target-groups.js'
