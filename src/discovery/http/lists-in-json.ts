import { describe } from '../../core/errors.js'
import type { ListReader, ReadList } from '../endpoint-list.js'
import { pass } from '../pass.js'
import type { DiscoverySink } from '../source.js'

/** Passes on lists that come as JSON, and keeps the last one. */
export class JsonLists {
  readonly #read: ListReader
  readonly #sink: DiscoverySink
  #last: ReadList | undefined

  constructor(read: ListReader, sink: DiscoverySink) {
    this.#read = read
    this.#sink = sink
  }

  /** @throws SyntaxError, TypeError and others when there is no list in it; the last one stays. */
  take(text: string): void {
    this.#last = this.#read(parse(text))
    this.again()
  }

  /** The last list was found to be as it was. */
  again(): void {
    if (this.#last === undefined) return
    pass(this.#last.endpoints, this.#last.mistakes, this.#sink)
  }
}

/** The parser's own message repeats the text around the place, whatever that is. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new SyntaxError(`it is no JSON, and begins with ${describe(text.slice(0, 16))}`)
  }
}
