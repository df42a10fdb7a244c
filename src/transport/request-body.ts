import { type Chunks, chunksOf, chunksOfRequest } from './body-chunks.js'

/** What one attempt sends, and `duplex` where a stream needs it. */
export interface BodyPart {
  readonly body?: BodyInit
  readonly duplex?: 'half'
}

/** A body, one attempt after the other. */
export interface RequestBody {
  /** Is there one at all? */
  readonly present: boolean
  /** Can it be sent now? False once a stream has been read from. */
  readonly replayable: boolean
  /** Can it be sent to several at the same time? A stream cannot. */
  readonly shareable: boolean
  /** Did the caller's own stream fail? */
  readonly failed: boolean
  /** Gets ready for `next()`; `undefined` where there is nothing to wait for. */
  prepare(): Promise<void> | undefined
  next(): BodyPart
  /** The call has failed: lets go of what was not sent. */
  dispose(reason: unknown): void
}

/** So much of the body of a `Request` is read before it is sent: 64 KiB. */
const MAX_AHEAD = 64 * 1024

/** Nothing, or a value, which can be sent again and again. */
class ValueBody implements RequestBody {
  readonly replayable = true
  readonly shareable = true
  readonly failed = false
  readonly #part: BodyPart

  constructor(part: BodyPart) {
    this.#part = part
  }

  get present(): boolean {
    return this.#part.body !== undefined
  }

  prepare(): undefined {}

  next(): BodyPart {
    return this.#part
  }

  dispose(): void {}
}

const NO_BODY: RequestBody = new ValueBody({})

/**
 * A stream that may be handed to another attempt as long as no more than its first chunk has been read:
 * Node asks for that much before it has a connection, so it is kept.
 */
class StreamBody implements RequestBody {
  readonly present = true
  readonly shareable = false
  readonly #source: Chunks
  /** What was read ahead of it. */
  readonly #head: Uint8Array[]
  #first: Promise<Uint8Array | undefined> | undefined
  #turn = 0
  #touched = false
  #complete = false
  failed = false

  constructor(source: Chunks, head: readonly Uint8Array[] = []) {
    this.#source = source
    this.#head = [...head]
  }

  get replayable(): boolean {
    return !this.#touched
  }

  prepare(): undefined {}

  next(): BodyPart {
    const turn = ++this.#turn
    let begun = false
    // Nothing is read ahead (highWaterMark 0), and an attempt that ends before it reads leaves the
    // source as it was.
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          const chunk = begun ? this.#further(turn) : this.#begin()
          begun = true
          return this.#hand(chunk, controller, turn)
        },
        cancel: (reason) => {
          if (this.#touched && turn === this.#turn) this.#source.cancel(reason)
        },
      },
      { highWaterMark: 0 },
    )
    return { body, duplex: 'half' }
  }

  dispose(reason: unknown): void {
    if (!this.#complete) this.#source.cancel(reason)
  }

  /** The first chunk, for each attempt anew, also if the one before did not live to see it. */
  #begin(): Promise<Uint8Array | undefined> {
    this.#first ??= this.#read()
    return this.#first
  }

  async #further(turn: number): Promise<Uint8Array | undefined> {
    // An attempt that was given up, but reads on, must not take chunks from the one that followed.
    if (turn !== this.#turn) throw new Error('This attempt is over')
    this.#touched = true
    return this.#read()
  }

  async #hand(
    next: Promise<Uint8Array | undefined>,
    controller: ReadableStreamDefaultController<Uint8Array>,
    turn: number,
  ): Promise<void> {
    const chunk = await next
    if (chunk !== undefined) return controller.enqueue(chunk)
    if (turn === this.#turn) this.#complete = true
    controller.close()
  }

  async #read(): Promise<Uint8Array | undefined> {
    const ahead = this.#head.shift()
    if (ahead !== undefined) return ahead
    try {
      return await this.#source.read()
    } catch (error) {
      this.failed = true
      throw error
    }
  }
}

/**
 * The body of a `Request`, which is a stream whatever it was made of; mostly of something short. That
 * much is read before it is sent, so that it goes out with its length, as `fetch` would send it, and
 * can be sent again. What is longer goes on as a stream.
 */
class ReadAheadBody implements RequestBody {
  readonly #source: Chunks
  #reading: Promise<void> | undefined
  #body: RequestBody | undefined
  #failed = false

  constructor(source: Chunks) {
    this.#source = source
  }

  get present(): boolean {
    return this.#body?.present ?? true
  }

  get replayable(): boolean {
    return this.#body?.replayable ?? true
  }

  /** Not known before it was read. */
  get shareable(): boolean {
    return this.#body?.shareable ?? false
  }

  get failed(): boolean {
    return this.#failed || this.#body?.failed === true
  }

  prepare(): Promise<void> | undefined {
    if (this.#body !== undefined) return undefined
    this.#reading ??= this.#readAhead()
    return this.#reading
  }

  next(): BodyPart {
    return (this.#body ?? NO_BODY).next()
  }

  dispose(reason: unknown): void {
    if (this.#body === undefined) this.#source.cancel(reason)
    else this.#body.dispose(reason)
  }

  async #readAhead(): Promise<void> {
    try {
      this.#body = await readAhead(this.#source)
    } catch (cause) {
      this.#failed = true
      throw new TypeError('The body of the request failed', { cause })
    }
  }
}

async function readAhead(source: Chunks): Promise<RequestBody> {
  const head: Uint8Array[] = []
  // What was made of a value comes in one chunk, however long: what follows the first is worth a look.
  for (let size = 0; size <= MAX_AHEAD || head.length === 1; ) {
    const chunk = await source.read()
    if (chunk === undefined) return size === 0 ? NO_BODY : new ValueBody({ body: join(head, size) })
    if (chunk.byteLength === 0) continue
    size += chunk.byteLength
    // A copy: the source may use its memory for the next one.
    head.push(chunk.slice())
  }
  return new StreamBody(source, head)
}

/** The body of `init`. @throws TypeError for a stream that is locked or has been read from */
export function bodyOf(body: BodyInit | null | undefined): RequestBody {
  if (body === undefined || body === null) return NO_BODY
  const source = chunksOf(body)
  return source === undefined ? new ValueBody({ body: snapshot(body) }) : new StreamBody(source)
}

/** The body of a `Request`. @throws TypeError for one that has been used */
export function bodyOfRequest(request: Request): RequestBody {
  return request.body === null ? NO_BODY : new ReadAheadBody(chunksOfRequest(request))
}

/** `fetch` takes its copy of the bytes when it is called; a retry must not see what was changed since. */
function snapshot(body: BodyInit): BodyInit {
  if (typeof body === 'string' || body instanceof Blob) return body
  if (body instanceof ArrayBuffer) return body.slice(0)
  if (ArrayBuffer.isView(body)) {
    return new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength).slice()
  }
  if (body instanceof URLSearchParams) return new URLSearchParams(body)
  if (!(body instanceof FormData)) return body
  const copy = new FormData()
  for (const [name, value] of body) copy.append(name, value)
  return copy
}

function join(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  if (chunks.length === 1) return chunks[0] as Uint8Array<ArrayBuffer>
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}
