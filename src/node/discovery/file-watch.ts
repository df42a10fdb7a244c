import { dirname } from 'node:path'
import type { ListReader } from '../../discovery/endpoint-list.js'
import { Lists } from '../../discovery/lists.js'
import { Patience } from '../../discovery/patience.js'
import { Poll } from '../../discovery/poll.js'
import type { DiscoveryContext, DiscoverySink, DiscoveryWatch } from '../../discovery/source.js'
import { unref } from '../../runtime/unref.js'
import { DirectoryWatch } from './directory-watch.js'
import { readFileText } from './read-file.js'

/** What is read, and how. */
export interface FileSettings {
  readonly path: string
  readonly parse: (text: string) => unknown
  readonly read: ListReader
  readonly interval: number
  readonly maxBytes: number
}

/** In ms: what is written in several steps is read after the last one. */
const SETTLING = 50
/** Never more often than this, in ms, and the least pause after a failure. */
const MIN_INTERVAL = 100
/** In ms: file systems of a network may never answer. */
const TIMEOUT = 10_000

/** Reads a file when something happens beside it and, since not all file systems tell, from time to time. */
export class FileWatch implements DiscoveryWatch {
  readonly #settings: FileSettings
  readonly #context: DiscoveryContext
  readonly #lists: Lists
  readonly #sink: DiscoverySink
  readonly #poll: Poll
  readonly #directory: DirectoryWatch
  /** The version of the last list. */
  #version: string | undefined
  /** Something happened, and has not been looked at. */
  #dirty = false
  #timer: unknown
  /** It is known, and told, that changes are not heard of. */
  #blind = false
  /** When the list was last passed on, unless something has gone wrong since. */
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(settings: FileSettings, sink: DiscoverySink, context: DiscoveryContext) {
    const { path, interval } = settings
    this.#settings = settings
    this.#context = context
    this.#sink = sink
    this.#lists = new Lists(settings.read, sink)
    this.#directory = new DirectoryWatch(dirname(path), () => this.#stirred())
    this.#poll = new Poll({
      ...context,
      minInterval: Math.min(MIN_INTERVAL, interval),
      maxInterval: interval,
      look: (signal) => this.#look(signal),
      failed: (error) => {
        this.#toldAt = Number.NEGATIVE_INFINITY
        sink.fail(error)
      },
    })
  }

  refresh(): void {
    this.#poll.refresh()
  }

  close(): void {
    this.#poll.close()
    this.#directory.close()
    this.#context.clock.clearTimer(this.#timer)
    this.#timer = undefined
  }

  /** Something happened in the directory. */
  #stirred(): void {
    const { clock } = this.#context
    this.#dirty = true
    if (this.#timer !== undefined) return
    this.#timer = clock.setTimer(() => {
      this.#timer = undefined
      this.#poll.refresh()
    }, SETTLING)
    unref(this.#timer)
  }

  async #look(signal: AbortSignal): Promise<undefined> {
    const patience = new Patience(this.#context.clock, signal)
    const wait = <T>(promise: Promise<T>) =>
      patience.wait(promise, TIMEOUT, `the file system did not answer within ${TIMEOUT} ms`)
    // Before the file: or what happens to it in between would be missed.
    const blindness = await wait(this.#watchDirectory())
    do {
      this.#dirty = false
      await wait(this.#read(signal))
    } while (this.#dirty)
    // Once, and after the list, or it would not be seen in snapshots.
    if (blindness !== undefined && !this.#blind) this.#sink.warn(blindness)
    this.#blind = blindness !== undefined
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { path, parse, maxBytes, interval } = this.#settings
    const { clock } = this.#context
    const content = await readFileText(path, maxBytes, this.#version)
    const value = content && (await parse(content.text))
    if (signal.aborted) return
    if (content !== undefined) this.#lists.take(value)
    // A directory may be busy with other files: it is enough to say now and then that this one is as it was.
    else if (clock.now() - this.#toldAt >= interval / 2) this.#lists.again()
    else return
    this.#version = content?.version ?? this.#version
    this.#toldAt = clock.now()
  }

  /** Without it the file is still read from time to time. Says what is in the way. */
  async #watchDirectory(): Promise<unknown> {
    try {
      await this.#directory.renew()
      return undefined
    } catch (error) {
      return error
    }
  }
}
