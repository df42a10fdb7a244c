import { Readable } from 'node:stream'
import type { Timing } from '../../core/outcome.js'
import type { IncomingBody } from './incoming-body.js'
import { type HeaderLines, ResponseHeaders } from './response-headers.js'

/** What came back, before anybody looks at it. */
export interface ResponseHead {
  readonly status: number
  readonly statusText: string
  readonly rawHeaders: HeaderLines
  readonly url: string
  readonly redirected: boolean
  readonly type: ResponseType
  readonly timing: Timing
}

const USED = 'Body is unusable: Body has already been read'
const UTF8 = new TextDecoder()

/**
 * A `Response` as `fetch` gives it. What costs most of `fetch`'s time is made only when it is asked for: headers that can be
 * looked up, and a stream. Who wants the text gets it from what has come, without one.
 */
export class LeanResponse extends Response {
  readonly #head: ResponseHead
  /** `undefined`: there is none, and there could be none (`HEAD`, 204). */
  readonly #incoming: IncomingBody | undefined
  #headers: ResponseHeaders | undefined
  #stream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined
  /** Was it read by other means than the stream? */
  #taken = false

  constructor(head: ResponseHead, incoming: IncomingBody | undefined, headers?: ResponseHeaders) {
    super()
    this.#head = head
    this.#incoming = incoming
    this.#headers = headers
  }

  get timing(): Timing {
    return this.#head.timing
  }

  /** Calls back once its body has ended. */
  whenEnded(callback: (error: unknown) => void): void {
    if (this.#incoming === undefined) callback(undefined)
    else this.#incoming.whenEnded(callback)
  }

  /** Somebody has it now, and may forget it. */
  watch(): void {
    if (!this.#taken && this.#stream === undefined) this.#incoming?.watch(this)
  }

  /** Its body, for who takes it as it comes: it is in their hands from now on. */
  release(): IncomingBody | undefined {
    this.#taken = true
    this.#incoming?.unwatch()
    return this.#incoming
  }

  override get status(): number {
    return this.#head.status
  }

  override get ok(): boolean {
    return this.#head.status >= 200 && this.#head.status <= 299
  }

  override get statusText(): string {
    return this.#head.statusText
  }

  override get headers(): Headers {
    this.#headers ??= new ResponseHeaders(this.#head.rawHeaders)
    return this.#headers
  }

  override get url(): string {
    return this.#head.url
  }

  override get redirected(): boolean {
    return this.#head.redirected
  }

  override get type(): ResponseType {
    return this.#head.type
  }

  override get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    if (this.#incoming === undefined) return null
    this.#stream ??= this.#taken ? spent() : streamOf(this.#incoming)
    return this.#stream
  }

  override get bodyUsed(): boolean {
    return this.#taken || (this.#stream !== undefined && Readable.isDisturbed(this.#stream as never))
  }

  override async text(): Promise<string> {
    const chunks = await this.#collect()
    return UTF8.decode(chunks.length === 1 ? chunks[0] : join(chunks))
  }

  override async json(): Promise<unknown> {
    return JSON.parse(await this.text())
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return join(await this.#collect()).buffer
  }

  override async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return join(await this.#collect())
  }

  override async blob(): Promise<Blob> {
    return (await this.#rebuilt()).blob()
  }

  override async formData(): Promise<FormData> {
    return (await this.#rebuilt()).formData()
  }

  override clone(): Response {
    if (this.bodyUsed || this.#stream?.locked)
      throw new TypeError('Response.clone: Body has already been consumed.')
    if (this.#incoming === undefined) return new LeanResponse(this.#head, undefined)
    const [mine, theirs] = (this.body as ReadableStream<Uint8Array<ArrayBuffer>>).tee()
    this.#stream = mine
    const copy = new LeanResponse(this.#head, this.#incoming)
    copy.#stream = theirs
    return copy
  }

  /** For what only the platform's own can do. */
  async #rebuilt(): Promise<Response> {
    const type = this.headers.get('content-type')
    const bytes = await this.#collect()
    return new Response(join(bytes), type === null ? {} : { headers: { 'content-type': type } })
  }

  async #collect(): Promise<readonly Uint8Array[]> {
    const incoming = this.#incoming
    if (incoming === undefined) return []
    if (this.bodyUsed || this.#stream?.locked) throw new TypeError(USED)
    // A stream that somebody has seen is read to its end like anybody's.
    if (this.#stream !== undefined) return [await new Response(this.#stream).bytes()]
    this.#taken = true
    incoming.unwatch()
    return incoming.collect()
  }
}

// Who asks what it is gets the answer that he would get of `fetch`.
Object.defineProperty(LeanResponse.prototype, 'constructor', { value: Response })

/**
 * As `fetch`, a stream of bytes. It is the stream that is watched from now on: its response may be thrown away
 * before it is read.
 */
function streamOf(incoming: IncomingBody): ReadableStream<Uint8Array<ArrayBuffer>> {
  let ending: WeakRef<ReadableByteStreamController>
  const stream = new ReadableStream({
    type: 'bytes',
    start(controller) {
      ending = new WeakRef(controller)
    },
    async pull(controller) {
      const chunk = await incoming.take()
      // A copy of its own: streams of bytes take the memory of their chunks away.
      if (chunk !== undefined) return controller.enqueue(Uint8Array.from(chunk))
      controller.close()
      // A pending "bring your own buffer" read is only answered when it is told so.
      controller.byobRequest?.respond(0)
    },
    cancel: (reason) => incoming.cancel(reason),
  })
  incoming.watch(stream)
  if (incoming.failure !== undefined) ending!.deref()?.error(incoming.failure.error)
  else if (!incoming.ended) {
    // It must not hold on to the stream, or nobody would notice that it is thrown away.
    incoming.onFailure = (error) => ending.deref()?.error(error)
  }
  return stream as ReadableStream<Uint8Array<ArrayBuffer>>
}

/** The stream of a body that was read by other means: whoever reads a body that way locks it for good. */
function spent(): ReadableStream<Uint8Array<ArrayBuffer>> {
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    type: 'bytes',
    start: (controller) => controller.close(),
  })
  void stream.getReader().read()
  return stream
}

function join(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let size = 0
  for (const chunk of chunks) size += chunk.byteLength
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}
