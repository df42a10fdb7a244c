import type { ListReader, ReadList } from './endpoint-list.js'
import { pass } from './pass.js'
import type { DiscoverySink } from './source.js'

/** Passes on the lists of a server or a file, and keeps the last one. */
export class Lists {
  readonly #read: ListReader
  readonly #sink: DiscoverySink
  #last: ReadList | undefined

  constructor(read: ListReader, sink: DiscoverySink) {
    this.#read = read
    this.#sink = sink
  }

  /** @throws Error when it is no list; the last one stays. */
  take(value: unknown): void {
    this.#last = this.#read(value)
    this.again()
  }

  /** The last list was found to be as it was. */
  again(): void {
    if (this.#last === undefined) return
    pass(this.#last.endpoints, this.#last.mistakes, this.#sink)
  }
}
