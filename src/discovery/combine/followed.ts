import type { EndpointInput } from '../../core/endpoint.js'
import { describe } from '../../core/errors.js'
import { unref } from '../../runtime/unref.js'
import { named } from '../named.js'
import type { DiscoveryContext, DiscoverySink, DiscoverySource, DiscoveryWatch } from '../source.js'
import { Freshness, partsOf, type SourceStatus } from '../source-status.js'

/** Who is told of what a source says. */
export interface Follower {
  /** There is a list, or word that it is as it was. */
  updated(part: Followed): void
  /** Its list is as old as it was, or there is none. */
  failed(part: Followed, error: Error): void
  warned(error: unknown): void
}

/** A source that could not be watched is tried again after so long, in ms. */
const RETRY = 5_000

/** One source of several: whatever it does, there is a list that can be used or none, and it is known how old that is. */
export class Followed {
  readonly #source: DiscoverySource
  readonly #context: DiscoveryContext
  readonly #follower: Follower
  readonly #freshness: Freshness
  #watch: DiscoveryWatch | undefined
  #starting = false
  #retry: unknown
  #closed = false
  /** The last one that was not empty, or empty if there has been no other; `undefined` before there was any. */
  list: readonly EndpointInput[] | undefined
  /** When that was true, in ms since the epoch. */
  asOf = Number.NaN
  /** Since when all answers have been empty; the list is the one from before. */
  emptySince: number | undefined
  /** Since when all is well. */
  wellSince: number | undefined

  constructor(source: DiscoverySource, context: DiscoveryContext, follower: Follower) {
    this.#source = source
    this.#context = context
    this.#follower = follower
    this.#freshness = new Freshness(source.name)
  }

  get name(): string {
    return this.#source.name
  }

  get started(): boolean {
    return this.#watch !== undefined || this.#starting
  }

  get failingSince(): number | undefined {
    return this.#freshness.failingSince
  }

  /** Has it said anything, be it that something is wrong? */
  get answered(): boolean {
    return this.list !== undefined || this.failingSince !== undefined
  }

  /** Begins to watch it, unless that is so already. */
  start(): void {
    if (this.started || this.#closed) return
    // It may have a list at once, and who is told of it may ask to refresh.
    this.#starting = true
    this.#context.clock.clearTimer(this.#retry)
    try {
      const watch = this.#source.watch(this.#sink(), this.#context)
      if (typeof watch?.close !== 'function')
        throw new TypeError(`its watch() gave ${describe(watch)} instead of an object with close()`)
      this.#watch = watch
    } catch (error) {
      this.#retry = this.#context.clock.setTimer(() => this.start(), RETRY)
      unref(this.#retry)
      this.#failed(error)
    } finally {
      this.#starting = false
    }
  }

  /** Looks again; one that could not be watched is tried again. */
  refresh(): void {
    if (this.#closed) return
    if (this.#watch === undefined) return this.start()
    try {
      this.#watch.refresh?.()
    } catch (error) {
      // The others are to look again as well.
      this.#follower.warned(named(this.name, error))
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#context.clock.clearTimer(this.#retry)
    await this.#watch?.close()
  }

  status(inUse: boolean): SourceStatus {
    const parts = this.#watch && partsOf(this.#watch)
    const now = this.#context.clock.now()
    return { ...this.#freshness.status(this.list !== undefined, now, parts), inUse }
  }

  #sink(): DiscoverySink {
    return {
      update: (list, asOf) => this.#update(list, asOf),
      fail: (error) => this.#failed(error),
      warn: (error) => {
        if (this.#closed) return
        this.#freshness.error = error
        this.#follower.warned(error)
      },
    }
  }

  #update(list: readonly EndpointInput[], asOf?: number): void {
    if (this.#closed) return
    if (!Array.isArray(list))
      return this.#failed(new TypeError(`it gave ${describe(list)} instead of an array`))
    const now = this.#context.clock.now()
    if (list.length === 0 && this.list !== undefined && this.list.length > 0) {
      this.emptySince ??= now
      return this.#failed(new Error('it gave an empty list; the last one stays in use'))
    }
    this.list = list
    this.asOf = asOf ?? now
    this.emptySince = undefined
    this.wellSince ??= now
    this.#freshness.error = undefined
    this.#freshness.updated(this.asOf)
    this.#follower.updated(this)
  }

  #failed(cause: unknown): void {
    if (this.#closed) return
    this.wellSince = undefined
    this.#freshness.failed(cause, this.#context.clock.now())
    this.#follower.failed(this, named(this.name, cause))
  }
}
