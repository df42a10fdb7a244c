/** Where the chunks of a body come from, one after the other. */
export interface Chunks {
  /** The next chunk; `undefined` at the end. */
  read(): Promise<Uint8Array | undefined>
  /** No more is wanted. */
  cancel(reason: unknown): void
}

/** The chunks of a body that is a stream; `undefined` for a value. */
export function chunksOf(body: unknown): Chunks | undefined {
  if (body instanceof ReadableStream) return chunksOfStream(body)
  // Node takes async iterables as well, its own streams among them.
  const iterable = body as AsyncIterable<unknown>
  const isIterable = typeof iterable === 'object' && typeof iterable[Symbol.asyncIterator] === 'function'
  return isIterable ? chunksOfIterable(iterable) : undefined
}

/** @throws TypeError for a request whose body has been used */
export function chunksOfRequest(request: Request): Chunks {
  if (request.bodyUsed) throw new TypeError('The body of the Request has been used already')
  // Firefox has no `body`, only the methods that read it.
  return request.body === undefined ? chunksOfIterable(wholeOf(request)) : chunksOfStream(request.body!)
}

function chunksOfStream(stream: ReadableStream<unknown>): Chunks {
  // As `fetch` does, so that a used or locked stream is the caller's error at once, and a TypeError.
  new Response(stream as BodyInit)
  const reader = stream.getReader()
  return {
    read: async () => {
      const { done, value } = await reader.read()
      return done ? undefined : bytesOf(value)
    },
    cancel: (reason) => void reader.cancel(reason).catch(ignore),
  }
}

function chunksOfIterable(iterable: AsyncIterable<unknown>): Chunks {
  let iterator: AsyncIterator<unknown> | undefined
  const open = () => (iterator ??= iterable[Symbol.asyncIterator]())
  return {
    read: async () => {
      const { done, value } = await open().next()
      return done ? undefined : bytesOf(value)
    },
    cancel: () => {
      const stop = async () => void (await open().return?.())
      stop().catch(ignore)
    },
  }
}

async function* wholeOf(request: Request): AsyncGenerator<ArrayBuffer> {
  yield await request.arrayBuffer()
}

function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  if (typeof chunk === 'string') return new TextEncoder().encode(chunk)
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk)
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  throw new TypeError('The body of a request consists of bytes and strings')
}

function ignore(): void {
  // A source that fails while it is being cancelled has nobody left to tell.
}
