import { expect, test } from 'vitest'
import { normalServer } from '../support/servers/normal-server.ts'
import { refusingEndpoint } from '../support/servers/refusing-endpoint.ts'
import { resettingServer } from '../support/servers/resetting-server.ts'
import { inTurn } from './in-turn.ts'
import { rejection } from './rejection.ts'
import { NOTHING, watchedBalancer } from './watched-balancer.ts'

const TEXT = 'naïve café ☕ '.repeat(1_000)
const BYTES = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 31) % 256)

function form(): FormData {
  const data = new FormData()
  data.append('name', 'Zoë')
  data.append('file', new File([BYTES], 'photo.jpg', { type: 'image/jpeg' }))
  return data
}

/** A view of some bytes in the middle of a larger buffer. */
function view(): DataView<ArrayBuffer> {
  const buffer = new ArrayBuffer(BYTES.length + 20)
  new Uint8Array(buffer).set(BYTES, 10)
  return new DataView(buffer, 10, BYTES.length)
}

/** Says how much of it was read, and whether it was let go of. */
function watchedStream(chunks: number) {
  const seen = { pulled: 0, cancelled: false }
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        if (seen.pulled === chunks) return controller.close()
        seen.pulled++
        controller.enqueue(new TextEncoder().encode(`chunk ${seen.pulled};`))
      },
      cancel: () => {
        seen.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { seen, stream }
}

/** `duplex` is missing in TypeScript's types for browsers. */
const streaming = (body: ReadableStream): RequestInit & { duplex: 'half' } => ({ body, duplex: 'half' })

test.each<[string, () => BodyInit, Uint8Array, string | undefined]>([
  ['a string', () => TEXT, new TextEncoder().encode(TEXT), 'text/plain;charset=UTF-8'],
  ['a Uint8Array', () => BYTES, BYTES, undefined],
  ['an ArrayBuffer', () => BYTES.buffer, BYTES, undefined],
  ['a DataView into a larger buffer', view, BYTES, undefined],
  ['a Blob', () => new Blob([BYTES], { type: 'image/png' }), BYTES, 'image/png'],
  [
    'URLSearchParams',
    () => new URLSearchParams({ q: 'a b&c', page: '2' }),
    new TextEncoder().encode('q=a+b%26c&page=2'),
    'application/x-www-form-urlencoded;charset=UTF-8',
  ],
])('%s arrives whole at the second endpoint when the first one broke off', async (_, body, bytes, type) => {
  await using first = await resettingServer()
  await using second = await normalServer()
  await using watched = watchedBalancer({ endpoints: inTurn(first, second) })
  const response = await watched.balancer.fetch('/upload', { method: 'PUT', body: body() })
  await response.text()
  expect(first.hits).toBe(1)
  expect(second.requests).toHaveLength(1)
  expect(second.requests[0]?.body.equals(bytes)).toBe(true)
  expect(second.requests[0]?.headers['content-type']).toBe(type)
  expect(second.requests[0]?.headers['content-length']).toBe(String(bytes.length))
})

test('a form arrives whole at the second endpoint', async () => {
  await using first = await resettingServer()
  await using second = await normalServer()
  await using watched = watchedBalancer({ endpoints: inTurn(first, second) })
  await (await watched.balancer.fetch('/upload', { method: 'PUT', body: form() })).text()
  expect(first.hits).toBe(1)
  const { body, headers } = second.requests[0] ?? { body: null, headers: {} }
  const received = await new Response(body && new Uint8Array(body), {
    headers: { 'content-type': headers['content-type'] ?? '' },
  }).formData()
  expect(received.get('name')).toBe('Zoë')
  const file = received.get('file') as File
  expect({ name: file.name, type: file.type }).toEqual({ name: 'photo.jpg', type: 'image/jpeg' })
  expect(Buffer.from(await file.arrayBuffer()).equals(BYTES)).toBe(true)
})

test('a Request arrives whole at the second endpoint, with its headers', async () => {
  await using first = await resettingServer()
  await using second = await normalServer()
  await using watched = watchedBalancer({ endpoints: inTurn(first, second) })
  const request = new Request('http://users/upload?part=1', {
    method: 'PUT',
    body: TEXT,
    headers: { 'x-trace': '42' },
  })
  await (await watched.balancer.fetch(request)).text()
  expect(first.hits).toBe(1)
  expect(second.requests).toMatchObject([
    { method: 'PUT', url: '/upload?part=1', headers: { 'x-trace': '42' } },
  ])
  expect(second.requests[0]?.body.toString()).toBe(TEXT)
})

test('bytes that the caller changes after the call are sent as they were', async () => {
  await using first = await resettingServer()
  await using second = await normalServer()
  await using watched = watchedBalancer({ endpoints: inTurn(first, second) })
  const bytes = BYTES.slice()
  const pending = watched.balancer.fetch('/upload', { method: 'PUT', body: bytes })
  bytes.fill(0)
  await (await pending).text()
  expect(second.requests[0]?.body.equals(BYTES)).toBe(true)
})

test('a stream goes to the next endpoint when the first one refused the connection', async () => {
  await using first = await refusingEndpoint()
  await using second = await normalServer()
  await using watched = watchedBalancer({ endpoints: inTurn(first, second) })
  const { seen, stream } = watchedStream(5)
  let readAtRetry = Number.NaN
  watched.balancer.on('retry', () => {
    readAtRetry = seen.pulled
  })
  // POST without a key, since what was never sent may be sent whatever it is.
  await (await watched.balancer.fetch('/upload', { method: 'POST', ...streaming(stream) })).text()
  // Node asks for one chunk before it has a connection.
  expect(readAtRetry).toBeLessThanOrEqual(1)
  expect(second.requests).toHaveLength(1)
  expect(second.requests[0]?.body.toString()).toBe('chunk 1;chunk 2;chunk 3;chunk 4;chunk 5;')
  expect(watched.leftovers()).toEqual(NOTHING)
})

test('a stream whose first bytes come after the refusal loses none of them', async () => {
  await using first = await refusingEndpoint()
  await using second = await normalServer()
  await using watched = watchedBalancer({ endpoints: inTurn(first, second) })
  const refused = new Promise<void>((resolve) => watched.balancer.once('retry', () => resolve()))
  async function* late() {
    await refused
    yield 'one;'
    yield 'two;'
  }
  // Node takes async iterables, which TypeScript's types for browsers do not know.
  const init = { method: 'POST', body: late() as unknown as BodyInit, duplex: 'half' }
  await (await watched.balancer.fetch('/upload', init)).text()
  expect(second.requests.map(({ body }) => body.toString())).toEqual(['one;two;'])
})

test('a Request too long to be kept goes to the next endpoint when the first one refused', async () => {
  await using first = await refusingEndpoint()
  await using second = await normalServer()
  await using watched = watchedBalancer({ endpoints: inTurn(first, second) })
  const chunks = Array.from({ length: 40 }, (_, i) => new Uint8Array(10_000).fill(i))
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  for (const chunk of chunks) void writer.write(chunk)
  void writer.close()
  const request = new Request('http://users/upload', { method: 'POST', ...streaming(readable) })
  await (await watched.balancer.fetch(request)).text()
  expect(second.requests.map(({ body }) => body.equals(Buffer.concat(chunks)))).toEqual([true])
})

test('a stream that was read from is not sent again, even where the method would allow it', async () => {
  await using first = await resettingServer()
  await using second = await normalServer()
  await using watched = watchedBalancer({ endpoints: inTurn(first, second) })
  const { stream } = watchedStream(5)
  const error = await rejection(watched.balancer.fetch('/upload', { method: 'PUT', ...streaming(stream) }))
  expect(error).toMatchObject({ code: 'ERR_ATTEMPT_FAILED', attempts: [{ kind: 'broken' }] })
  expect(first.hits).toBe(1)
  expect(second.hits).toBe(0)
  expect(watched.leftovers()).toEqual(NOTHING)
})

test('a stream that nobody took is let go of when the call has failed', async () => {
  await using first = await refusingEndpoint()
  await using watched = watchedBalancer({ endpoints: [first.url], retry: { attempts: 2 } })
  const { seen, stream } = watchedStream(5)
  const error = await rejection(watched.balancer.fetch('/upload', { method: 'PUT', ...streaming(stream) }))
  expect(error).toMatchObject({
    code: 'ERR_ATTEMPT_FAILED',
    attempts: [{ kind: 'unreachable' }, { kind: 'unreachable' }],
  })
  await expect.poll(() => seen.cancelled).toBe(true)
  expect(seen.pulled).toBeLessThanOrEqual(1)
})

test("an error of the caller's own stream is the caller's, and nobody else's", async () => {
  await using first = await normalServer()
  await using second = await normalServer()
  await using watched = watchedBalancer({ endpoints: inTurn(first, second) })
  const broken = new Error('the disk is gone')
  const stream = new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(10)),
    pull: (controller) => controller.error(broken),
  })
  const error = await rejection(watched.balancer.fetch('/upload', { method: 'PUT', ...streaming(stream) }))
  expect(rootCause(error)).toBe(broken)
  expect(second.hits).toBe(0)
  const [endpoint] = watched.balancer.snapshot().endpoints
  expect(endpoint).toMatchObject({ failures: 0, state: 'eligible', inFlight: 0 })
})

function rootCause(error: unknown): unknown {
  let current = error
  while (current instanceof Error && current.cause !== undefined) current = current.cause
  return current
}
