import type { IncomingHttpHeaders } from 'node:http'
import type { Answer } from './answer.js'

/** What is said of a body by its headers, but is not so any more when `fetch` has decoded it. */
const OF_ENCODED = new Set(['content-encoding', 'content-length'])

/** What a `fetch` of the user's own came back with, which is decoded. */
export class ResponseAnswer implements Answer {
  readonly status: number
  readonly statusText: string
  readonly headers: IncomingHttpHeaders = {}
  readonly rawHeaders: Buffer[] = []
  readonly trailers = {}
  readonly #pieces: AsyncIterator<Uint8Array> | undefined

  constructor({ status, statusText, headers, body }: Response) {
    this.status = status
    this.statusText = statusText
    const decoded = headers.has('content-encoding')
    for (const [name, value] of headers) if (!decoded || !OF_ENCODED.has(name)) this.#add(name, value)
    // Of the platform's Response, or of node-fetch's.
    this.#pieces = (body as AsyncIterable<Uint8Array> | null)?.[Symbol.asyncIterator]()
  }

  async take(): Promise<Uint8Array | undefined> {
    return (await this.#pieces?.next())?.value
  }

  /** Who asks for more is told. */
  whenBroken(): void {}

  #add(name: string, value: string): void {
    this.rawHeaders.push(Buffer.from(name, 'latin1'), Buffer.from(value, 'latin1'))
    const before = this.headers[name]
    this.headers[name] = before === undefined ? value : [before, value].flat()
  }
}
