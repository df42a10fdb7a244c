import type { EndpointInput } from '../core/endpoint.js'
import type { Random } from '../core/random.js'
import type { Clock } from '../runtime/clock.js'
import type { SourceStatus } from './source-status.js'

/** Where a source puts what it finds. */
export interface DiscoverySink {
  /**
   * The full list as it is now, also when it is as it was: that says that it is fresh. Entries that are not valid
   * are left out and reported. An empty list does not replace one that is not empty: registries answer "nothing"
   * when they are ill. The list is not to be changed afterwards. `asOf` is when it was true, in ms since the epoch,
   * if that is not now.
   */
  update(endpoints: readonly EndpointInput[], asOf?: number): void
  /** Something went wrong; the last good list stays in use, and is stale. */
  fail(error: unknown): void
  /**
   * Something is wrong that leaves the list as good as it is: a part of it that cannot be used, a copy that could
   * not be kept. It is told, and shown in snapshots until the next list comes.
   */
  warn(error: unknown): void
}

/** A source that is being followed. */
export interface DiscoveryWatch {
  /**
   * Most endpoints look dead: a good moment to look again, for sources that ask from time to time. May be called
   * often; how often it is heeded is the source's own affair.
   */
  refresh?(): void
  /** For snapshots, of a source that is made of others: how each of them is. */
  parts?(): readonly SourceStatus[]
  /** Stops for good; nothing may be running afterwards. */
  close(): void | Promise<void>
}

/** What a source gets of whoever watches it. */
export interface DiscoveryContext {
  /** The balancer's, for whatever is to happen later. Timers that are set with it keep the process alive. */
  readonly clock: Clock
  /** Numbers in [0, 1), for jitter. */
  readonly random: Random
}

/**
 * Finds endpoints and follows their changes. A source does nothing until it is watched, which
 * happens at the first call or `ready()`, never at construction.
 */
export interface DiscoverySource {
  /** For snapshots and errors. */
  readonly name: string
  /**
   * What it finds is for `fetch`, with addresses apart from URLs: a transport that cannot dial them is refused at
   * construction, and not when the first list comes. Default false.
   */
  readonly dialsAddresses?: boolean
  watch(sink: DiscoverySink, context: DiscoveryContext): DiscoveryWatch
}
