/** How the end of a request's body is told. */
type Framing = 'none' | 'content-length' | 'chunked'

/** A request as it stood on the wire: nothing is normalized, and nothing merged. */
export class SeenRequest {
  readonly line: string
  readonly headers: readonly (readonly [string, string])[]
  readonly framing: Framing
  readonly #parts: Buffer[] = []
  whole = false

  constructor(head: string) {
    const [line = '', ...rest] = head.split('\r\n')
    this.line = line
    this.headers = rest.map((text) => {
      const colon = text.indexOf(':')
      return [text.slice(0, colon), text.slice(colon + 1).replace(/^ /, '')]
    })
    const named = (name: string) => this.headers.find(([key]) => key.toLowerCase() === name)?.[1]
    this.framing =
      named('transfer-encoding') !== undefined
        ? 'chunked'
        : named('content-length') !== undefined
          ? 'content-length'
          : 'none'
    this.length = Number(named('content-length') ?? 0)
  }

  readonly length: number

  add(bytes: Buffer): void {
    this.#parts.push(bytes)
  }

  get size(): number {
    return this.#parts.reduce((sum, { length }) => sum + length, 0)
  }

  get body(): Buffer {
    return Buffer.concat(this.#parts)
  }
}

/** Reads requests off a connection, one after the other. */
export class RequestReader {
  #unread: Buffer = Buffer.alloc(0)
  #request: SeenRequest | undefined
  /** How much of the body, or of its current chunk, is still to come. */
  #left = 0
  readonly #onHead: (request: SeenRequest) => void
  readonly #onPart: (request: SeenRequest) => void

  /** `onHead` is told of each request when its headers are there, `onPart` when there is more of its body, or its end. */
  constructor(onHead: (request: SeenRequest) => void, onPart: (request: SeenRequest) => void) {
    this.#onHead = onHead
    this.#onPart = onPart
  }

  push(bytes: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, bytes])
    while (this.#step());
  }

  #step(): boolean {
    const request = this.#request
    if (request === undefined) return this.#readHead()
    if (this.#left > 0) return this.#readPart(request)
    return request.framing === 'chunked' ? this.#readChunkSize(request) : this.#end(request)
  }

  #readHead(): boolean {
    const head = this.#until('\r\n\r\n')
    if (head === undefined) return false
    this.#request = new SeenRequest(head)
    this.#left = this.#request.framing === 'content-length' ? this.#request.length : 0
    this.#onHead(this.#request)
    return true
  }

  #readPart(request: SeenRequest): boolean {
    const part = this.#unread.subarray(0, this.#left)
    if (part.length === 0) return false
    this.#unread = this.#unread.subarray(part.length)
    this.#left -= part.length
    request.add(part)
    this.#onPart(request)
    return true
  }

  #readChunkSize(request: SeenRequest): boolean {
    const line = this.#until('\r\n')
    if (line === undefined) return false
    // The end of the chunk before.
    if (line === '') return true
    this.#left = Number.parseInt(line, 16)
    if (this.#left > 0) return true
    this.#until('\r\n')
    return this.#end(request)
  }

  #end(request: SeenRequest): boolean {
    request.whole = true
    this.#request = undefined
    this.#onPart(request)
    return true
  }

  #until(mark: string): string | undefined {
    const at = this.#unread.indexOf(mark)
    if (at < 0) return undefined
    const text = this.#unread.toString('latin1', 0, at)
    this.#unread = this.#unread.subarray(at + mark.length)
    return text
  }
}
