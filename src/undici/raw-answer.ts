import type { IncomingHttpHeaders } from 'node:http'
import type { IncomingBody } from '../node/transport/incoming-body.js'
import type { RawHead, RawResponse } from '../node/transport/raw-response.js'
import type { Answer } from './answer.js'

/** What came over connections of our own, as it came. */
export class RawAnswer implements Answer {
  readonly #head: RawHead
  readonly #body: IncomingBody | undefined

  constructor(response: RawResponse) {
    this.#head = response.head
    this.#body = response.release()
  }

  get status() {
    return this.#head.status
  }

  get statusText() {
    return this.#head.statusText
  }

  get headers() {
    return this.#head.headers
  }

  get rawHeaders() {
    return this.#head.rawHeaders
  }

  get socket() {
    return this.#head.socket
  }

  get trailers(): IncomingHttpHeaders {
    return this.#body?.trailers ?? {}
  }

  async take(): Promise<Uint8Array | undefined> {
    return this.#body?.take()
  }

  whenBroken(callback: (error: unknown) => void): void {
    if (this.#body?.failure !== undefined) callback(this.#body.failure.error)
    else if (this.#body !== undefined) this.#body.onFailure = callback
  }
}
