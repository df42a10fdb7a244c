import { Readable } from 'node:stream'
import { BYTES, streaming } from '../../../fetch/bodies.ts'
import { group, type World, when } from '../case.ts'
import { write } from '../raw-server.ts'
import { answer } from '../scripts.ts'
import { post, stream, streamFrom, streamOf } from './sending-bodies.ts'

function bytesOf(...chunks: readonly unknown[]): ReadableStream {
  return new ReadableStream({
    type: 'bytes',
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk as Uint8Array<ArrayBuffer>)
      controller.close()
    },
  })
}

/** What fails once the server has its first chunk. */
async function* failing({ server }: World, error: unknown) {
  yield Buffer.from('first')
  await server.until(() => server.requests[0]?.request.size === 5)
  throw error
}

async function* generated(...chunks: readonly unknown[]) {
  yield* chunks
}

function used(): ReadableStream {
  const body = streamOf(BYTES)
  void body.cancel()
  return body
}

function locked(): ReadableStream {
  const body = streamOf(BYTES)
  body.getReader()
  return body
}

/** What has been sent of it so far, and no end. */
const unfinished = (text: string) =>
  new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from(text)) })

/** An answer that does not wait for the body, after which nothing more is read. */
const early = when(
  'an answer before its end, and no more reading',
  async ({ fetch }) => {
    const response = await fetch('/x', { method: 'POST', ...streaming(unfinished('first')) })
    return [response.status, await response.text()]
  },
  {
    server: async ({ socket, has }) => {
      await has(5)
      await write(socket, answer('413 Too Large', [['Connection', 'close']], 'no'))
      socket.end()
    },
    after: ({ server }) => server.closes(0),
  },
)

export const requestStreams = group('request body', [
  stream('a stream', () => streamOf(BYTES.subarray(0, 7), BYTES.subarray(7))),
  stream('a stream of bytes', () => bytesOf(BYTES.slice(0, 7), BYTES.slice(7))),
  stream('a stream without chunks', () => streamOf()),
  stream('a stream with an empty chunk', () =>
    streamOf(Buffer.from('a'), new Uint8Array(), Buffer.from('b')),
  ),
  stream('a stream of texts', () => streamOf('text')),
  stream('a stream of numbers', () => streamOf(1)),
  stream('a stream of views', () => streamOf(new DataView(new ArrayBuffer(4)))),
  stream('a stream of buffers', () => streamOf(new ArrayBuffer(4))),
  stream('a stream with a type', () => streamOf(BYTES), { headers: { 'content-type': 'image/png' } }),
  stream('a stream with its length', () => streamOf(BYTES), { headers: { 'content-length': '1000' } }),
  stream('a stream that is shorter than its length', () => streamOf(BYTES), {
    headers: { 'content-length': '1001' },
  }),
  stream('a stream that is longer than its length', () => streamOf(BYTES), {
    headers: { 'content-length': '999' },
  }),
  stream('a stream that fails', (world) => streamFrom(failing(world, new RangeError('my own')))),
  stream('a stream that fails with a text', (world) => streamFrom(failing(world, 'my own'))),
  stream('a stream that fails with nothing', (world) => streamFrom(failing(world, undefined))),
  stream(
    'a stream that has failed',
    () => new ReadableStream({ start: (it) => it.error(new RangeError('old')) }),
  ),
  stream('a stream that was cancelled', used),
  stream('a stream that is locked', locked),
  stream('a stream with GET', () => streamOf(BYTES), { method: 'GET' }),
  stream('a stream with keepalive', () => streamOf(BYTES), { keepalive: true }),
  stream('an async iterable', () => generated(BYTES.subarray(0, 7), BYTES.subarray(7))),
  stream('an async iterable of texts', () => generated('a', 'b')),
  stream('an async iterable that fails', (world) => failing(world, new RangeError('my own'))),
  stream('a stream of Node', () => Readable.from([BYTES.subarray(0, 7), BYTES.subarray(7)])),
  stream('a stream of Node that fails', (world) => Readable.from(failing(world, new RangeError('my own')))),
  post('a stream without duplex', () => streamOf(BYTES)),
  post('an async iterable without duplex', () => generated(BYTES)),
  post('a stream with another duplex', () => streamOf(BYTES), { duplex: 'full' } as RequestInit),
  post('a string with duplex', () => 'text', { duplex: 'half' } as RequestInit),

  early,
  when(
    'an answer before its end, and more reading',
    async ({ fetch }) => {
      let end: (() => void) | undefined
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(Buffer.from('first'))
          end = () => {
            controller.enqueue(Buffer.from(' last'))
            controller.close()
          }
        },
      })
      const response = await fetch('/x', { method: 'POST', ...streaming(body) })
      end?.()
      return response
    },
    {
      server: async ({ socket, has, received }) => {
        await has(5)
        await write(socket, answer('200 OK', [['Content-Length', '5']]), 'he')
        await received
        await write(socket, 'llo')
      },
    },
  ),
])
