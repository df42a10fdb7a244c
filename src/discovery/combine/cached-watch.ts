import type { EndpointInput } from '../../core/endpoint.js'
import { reasonOf } from '../../core/reason.js'
import type { DiscoveryContext, DiscoverySink, DiscoverySource, DiscoveryWatch } from '../source.js'
import { Freshness, type SourceStatus } from '../source-status.js'
import { Followed } from './followed.js'
import { CopyWriter, copyText, readCopy } from './list-copy.js'
import type { ListStore } from './list-store.js'

/** A list that has not changed is written again when so much of its time has passed. */
const RENEWAL = 0.1
/** In ms, for the store when it is closed. */
const PATIENCE = 1_000

/** Follows a source, and has its last list in a store. */
export class CachedWatch implements DiscoveryWatch {
  readonly #sink: DiscoverySink
  readonly #context: DiscoveryContext
  readonly #store: ListStore
  readonly #maxAge: number
  readonly #source: Followed
  readonly #copy = new Freshness('copy')
  readonly #writer = new CopyWriter()
  /** When the copy that is in use was true. */
  #copyAt: number | undefined
  /** What was written last, and as of when. */
  #kept: { readonly endpoints: string; readonly at: number } | undefined
  #writing: Promise<void> | undefined
  #next: string | undefined
  #closed = false

  constructor(
    source: DiscoverySource,
    store: ListStore,
    maxAge: number,
    sink: DiscoverySink,
    context: DiscoveryContext,
  ) {
    this.#sink = sink
    this.#context = context
    this.#store = store
    this.#maxAge = maxAge
    this.#source = new Followed(source, context, {
      updated: ({ list = [], asOf }) => {
        sink.update(list, asOf)
        this.#keep(list, asOf)
      },
      failed: (_, error) => sink.fail(error),
      warned: (error) => sink.warn(error),
    })
    void this.#recall()
    this.#source.start()
  }

  refresh(): void {
    this.#source.refresh()
  }

  parts(): readonly SourceStatus[] {
    const { clock } = this.#context
    const arrived = this.#source.list !== undefined
    const copy = this.#copy.status(this.#copyAt !== undefined, clock.now())
    return [
      this.#source.status(arrived),
      // However young it is, it is not what the source says.
      { ...copy, stale: copy.arrived, inUse: !arrived && copy.arrived },
    ]
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#next = undefined
    await this.#source.close()
    await this.#written()
  }

  /** What is being written may come to its end, if it has one. */
  async #written(): Promise<void> {
    const { clock } = this.#context
    let timer: unknown
    const enough = new Promise<void>((resolve) => {
      timer = clock.setTimer(resolve, PATIENCE)
    })
    await Promise.race([this.#writing, enough])
    clock.clearTimer(timer)
  }

  /** The copy, unless the source is faster. */
  async #recall(): Promise<void> {
    try {
      const given = this.#store.get()
      // A store that has it at once is not waited for: the first call may come in the same breath.
      const text = typeof given === 'object' && given !== null ? await given : given
      if (this.#isLate() || text === undefined || text === null) return
      const { at, endpoints } = readCopy(text)
      const now = this.#context.clock.now()
      if (now - at > this.#maxAge)
        throw new Error(`it is ${Math.round((now - at) / 1_000)} s old, and of no use any more`)
      this.#copyAt = Math.min(at, now)
      this.#copy.updated(this.#copyAt)
      this.#sink.update(endpoints, this.#copyAt)
    } catch (error) {
      if (!this.#isLate()) this.#warn('read', error)
    }
  }

  #isLate(): boolean {
    return this.#closed || this.#source.list !== undefined
  }

  #keep(list: readonly EndpointInput[], at: number): void {
    try {
      const endpoints = this.#writer.write(list)
      if (endpoints === undefined) return
      const { endpoints: before, at: keptAt = 0 } = this.#kept ?? {}
      if (endpoints === before && at - keptAt < this.#maxAge * RENEWAL) return
      this.#kept = { endpoints, at }
      this.#next = copyText(endpoints, at)
      this.#writing ??= this.#write()
    } catch (error) {
      // Metadata that is no JSON.
      this.#warn('written', error)
    }
  }

  /** One at a time, and of those that wait only the last. */
  async #write(): Promise<void> {
    // Whoever is told of a list comes first.
    await Promise.resolve()
    while (this.#next !== undefined) {
      const text = this.#next
      this.#next = undefined
      try {
        await this.#store.set(text)
        this.#copy.error = undefined
      } catch (error) {
        // With the next list, whether it has changed or not.
        this.#kept = undefined
        this.#warn('written', error)
      }
    }
    this.#writing = undefined
  }

  #warn(what: string, cause: unknown): void {
    if (this.#closed) return
    const error = new Error(`the copy of ${this.#source.name} could not be ${what}: ${reasonOf(cause)}`, {
      cause,
    })
    this.#copy.error = error
    this.#sink.warn(error)
  }
}
