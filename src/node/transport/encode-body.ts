import { multipart } from './multipart.js'
import type { OutgoingBody } from './outgoing-body.js'

const TEXT = 'text/plain;charset=UTF-8'
const FORM = 'application/x-www-form-urlencoded;charset=UTF-8'

/** A body as `fetch` sends it. @throws TypeError for one that it would refuse */
export function encodeBody(body: NonNullable<RequestInit['body']>, duplex: unknown): OutgoingBody {
  if (typeof body === 'string') return bytes(Buffer.from(body), TEXT)
  if (body instanceof Uint8Array) return bytes(body, undefined)
  if (body instanceof URLSearchParams) return bytes(Buffer.from(`${body}`), FORM)
  if (body instanceof Blob) return blob(body)
  if (ArrayBuffer.isView(body)) {
    return bytes(new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength), undefined)
  }
  if (body instanceof ArrayBuffer || isShared(body)) return bytes(new Uint8Array(body), undefined)
  if (body instanceof FormData) return multipart(body)
  if (typeof body === 'object' && Symbol.asyncIterator in body) {
    if (duplex === undefined)
      throw new TypeError('RequestInit: duplex option is required when sending a body.')
    if (body instanceof ReadableStream) return streamed(body)
    const content = chunks(body as AsyncIterable<unknown>)
    return { content, type: undefined, length: undefined, again: false }
  }
  return bytes(Buffer.from(`${body}`), TEXT)
}

function isShared(body: unknown): body is ArrayBuffer {
  return typeof SharedArrayBuffer === 'function' && body instanceof SharedArrayBuffer
}

function bytes(content: Uint8Array, type: string | undefined): OutgoingBody {
  return { content, type, length: content.byteLength, again: true }
}

function blob(body: Blob): OutgoingBody {
  const content = { [Symbol.asyncIterator]: () => chunks(body.stream())[Symbol.asyncIterator]() }
  return { content, type: body.type === '' ? undefined : body.type, length: body.size, again: true }
}

/** A stream is told at once that it is not wanted any more, and not when it has more to give. */
function streamed(body: ReadableStream<unknown>): OutgoingBody {
  let reader: ReadableStreamDefaultReader<unknown> | undefined
  const source = {
    async *[Symbol.asyncIterator]() {
      reader = body.getReader()
      try {
        for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
      } finally {
        cancel(undefined)
      }
    },
  }
  const cancel = (reason: unknown) => void reader?.cancel(reason).catch(() => {})
  return {
    content: chunks(source),
    type: undefined,
    length: undefined,
    again: false,
    cancel,
  }
}

async function* chunks(source: AsyncIterable<unknown>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of source) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError('Received non-Uint8Array chunk')
      yield chunk
    }
  } catch (error) {
    // To undici, to fail with nothing is not to fail: it would wait for ever.
    throw error ?? new Error('The body of the request failed')
  }
}
