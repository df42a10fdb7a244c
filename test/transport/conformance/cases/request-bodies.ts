import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { BODIES, BUFFERS, BYTES, streaming } from '../../../fetch/bodies.ts'
import { type Case, group, type World, when } from '../case.ts'
import { write } from '../raw-server.ts'
import { answer, replies } from '../scripts.ts'
import { turns } from '../turns.ts'

const post = (name: string, body: () => unknown, init: RequestInit = {}): Case =>
  when(name, ({ fetch }) => fetch('/x', { method: 'POST', ...init, body: body() as BodyInit }))

const stream = (name: string, body: (world: World) => unknown, init: RequestInit = {}): Case =>
  when(name, (world) => world.fetch('/x', { method: 'POST', ...init, ...streaming(body(world)) }))

const request = (name: string, init: (world: World) => RequestInit, more: RequestInit = {}): Case =>
  when(`a Request with ${name}`, async (world) => {
    const { fetch, url } = world
    const given = new Request(`${url}/x`, { method: 'POST', ...init(world) })
    const response = await fetch(given, more)
    return [given.bodyUsed, response.status, await response.text()]
  })

function formOf(...entries: readonly [name: string, value: string | Blob, file?: string][]): FormData {
  const form = new FormData()
  for (const [name, value, file] of entries) {
    if (typeof value === 'string') form.append(name, value)
    else form.append(name, value, file)
  }
  return form
}

function streamOf(...chunks: readonly unknown[]): ReadableStream {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
}

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

/** The same, for who may have it read before there is a server. */
async function* failingSoon() {
  yield Buffer.from('first')
  await turns(4)
  throw new RangeError('my own')
}

function streamFrom(chunks: AsyncGenerator<unknown>): ReadableStream {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
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

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(8)
  structuredClone(buffer, { transfer: [buffer] })
  return buffer
}

const LARGE = 1024 * 1024

/** Whole, whatever its size: its hash is what the server saw. */
const hashOf = ({ server }: World) =>
  Promise.resolve(
    server.requests.map(({ request }) => createHash('sha256').update(request.body).digest('hex')),
  )

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

export const requestBodies = group('request body', [
  ...BODIES.map(([name, body]) => post(name, body)),
  ...BODIES.map(([name, body]) =>
    post(`${name}, with a type of the caller's`, body, { headers: { 'content-type': 'application/x-own' } }),
  ),
  ...BUFFERS.map(([name, body]) => post(name, body)),
  post('an empty string', () => ''),
  post('no bytes', () => new Uint8Array()),
  post('an empty ArrayBuffer', () => new ArrayBuffer(0)),
  post('an empty Blob', () => new Blob()),
  post('a Blob without a type', () => new Blob([BYTES])),
  post('a Blob with an odd type', () => new Blob([BYTES], { type: 'Text/HTML; charset="ä"' })),
  post('a File without a type', () => new File([BYTES], 'a')),
  post('empty URLSearchParams', () => new URLSearchParams()),
  post('an empty form', () => new FormData()),
  post('a form with odd names', () =>
    formOf(['', ''], ['a"b', 'c"d'], ['a\r\nb', 'c\nd'], ['ä☕', 'ö'], ['name;x=y', ' '], ['%22', '%0D']),
  ),
  post('a form with odd files', () =>
    formOf(
      ['f', new Blob(['x'])],
      ['f', new Blob(['x'], { type: 'text/plain' }), 'ä "b"\r\n.txt'],
      ['g', new File([], 'empty')],
      ['h', new File([BYTES], '../../etc/passwd', { type: 'A/B' })],
    ),
  ),
  post('a string with all of Unicode', () => 'a\u0000\u007f\u0080ÿ☕\u{1f600}\ud800'),
  post('a SharedArrayBuffer', () => new SharedArrayBuffer(4)),
  post('a detached ArrayBuffer', detached),
  post('a number', () => 42),
  post('false', () => false),
  post('an object', () => ({})),
  post('an array', () => ['a', 'b']),
  post('a symbol', () => Symbol('body')),
  post('null', () => null),
  post('undefined', () => undefined),
  post('a Response', () => new Response('text')),
  post('a promise', () => Promise.resolve('text')),

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

  request('a string', () => ({ body: 'text' })),
  request('bytes', () => ({ body: BYTES })),
  request('a form', () => ({ body: formOf(['a', 'b'], ['f', new File(['x'], 'f.txt')]) })),
  request('a stream', () => streaming(streamOf(BYTES))),
  request('a stream that fails', () => streaming(streamFrom(failingSoon()))),
  request('no body', () => ({})),
  request('a body, and another in init', () => ({ body: 'old' }), { body: 'new' }),
  request('a body, and null in init', () => ({ body: 'old' }), { body: null }),
  request('a body, and GET in init', () => ({ body: 'old' }), { method: 'GET' }),
  request('a body, and headers in init', () => ({ body: 'text', headers: { a: '1' } }), {
    headers: { b: '2' },
  }),
  when('a Request twice', async ({ fetch, url }) => {
    const given = new Request(`${url}/x`, { method: 'POST', body: 'once' })
    await fetch(given)
    return fetch(given)
  }),
  when('a clone of a Request', async ({ fetch, url }) => {
    const given = new Request(`${url}/x`, { method: 'POST', body: 'twice' })
    const copy = given.clone()
    return [await (await fetch(given)).text(), await (await fetch(copy)).text()]
  }),
  when('a Request of another Request', ({ fetch, url }) =>
    fetch(new Request(new Request(`${url}/x`, { method: 'PUT', body: 'text', headers: { a: '1' } }))),
  ),

  ...(
    [
      ['string', () => 'ä'.repeat(LARGE / 2)],
      ['array', () => new Uint8Array(LARGE).fill(7)],
      ['Blob', () => new Blob([new Uint8Array(LARGE).fill(7)])],
      ['form', () => formOf(['f', new Blob([new Uint8Array(LARGE).fill(7)])])],
      ['stream', () => new Blob([new Uint8Array(LARGE).fill(7)]).stream()],
    ] as const
  ).map(
    ([name, body]): Case => ({
      ...stream(`a large ${name}`, body),
      ...(name !== 'form' && { after: hashOf }),
    }),
  ),
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
  when(
    'an answer to the headers alone, of a large body',
    async ({ fetch }) => {
      const response = await fetch('/x', { method: 'POST', body: new Uint8Array(LARGE) })
      return [response.status, await response.text()]
    },
    { server: replies(answer('200 OK', [], 'ok')) },
  ),
])
