import { expect, test } from 'vitest'
import { balanced } from './balanced.ts'
import { streaming } from './bodies.ts'
import { mockNetwork } from './mock-network.ts'

const network = mockNetwork()

type Call = (fetch: (input: Request | string, init?: RequestInit) => Promise<Response>) => Promise<Response>

const URL_ = 'http://a.test/x'

function usedRequest(): Request {
  const request = new Request(URL_, { method: 'POST', body: 'once' })
  void request.text()
  return request
}

function lockedRequest(): Request {
  const request = new Request(URL_, { method: 'POST', body: 'once' })
  request.body?.getReader()
  return request
}

function lockedStream(): ReadableStream {
  const stream = new Blob(['once']).stream()
  stream.getReader()
  return stream
}

async function* chunks() {
  yield new Uint8Array(1)
}

/** What the Fetch standard has a TypeError for. */
const REFUSED: [string, Call][] = [
  ['GET with a body', (fetch) => fetch(URL_, { body: 'x' })],
  ['GET with an empty body', (fetch) => fetch(URL_, { body: '' })],
  ['HEAD with a body', (fetch) => fetch(URL_, { method: 'HEAD', body: 'x' })],
  ['get with a body', (fetch) => fetch(URL_, { method: 'get', body: 'x' })],
  ['GET with a stream', (fetch) => fetch(URL_, streaming(new Blob(['x']).stream()))],
  ['GET with an async iterable', (fetch) => fetch(URL_, streaming(chunks()))],
  [
    'a Request whose body GET would leave without a place',
    (fetch) => fetch(new Request(URL_, { method: 'POST', body: 'x' }), { method: 'GET' }),
  ],
  ['a Request that has been used', (fetch) => fetch(usedRequest())],
  ['a Request whose body is locked', (fetch) => fetch(lockedRequest())],
  ['a stream that is locked', (fetch) => fetch(URL_, { method: 'POST', ...streaming(lockedStream()) })],
  ['an unknown mode', (fetch) => fetch(URL_, { mode: 'own' as RequestMode })],
  ['the mode of navigation', (fetch) => fetch(URL_, { mode: 'navigate' })],
  ['an unknown redirect mode', (fetch) => fetch(URL_, { redirect: 'maybe' as RequestRedirect })],
  ['an unknown cache mode', (fetch) => fetch(URL_, { cache: 'warm' as RequestCache })],
  ['only-if-cached from another origin', (fetch) => fetch(URL_, { cache: 'only-if-cached' })],
  ['an unknown credentials mode', (fetch) => fetch(URL_, { credentials: 'some' as RequestCredentials })],
  ['an unknown referrer policy', (fetch) => fetch(URL_, { referrerPolicy: 'own' as ReferrerPolicy })],
  ['a referrer that is no URL', (fetch) => fetch(URL_, { referrer: 'http://' })],
  ['a window', (fetch) => fetch(URL_, { window: {} } as unknown as RequestInit)],
  ['a signal that is none', (fetch) => fetch(URL_, { signal: {} as AbortSignal })],
  ['init that is no object', (fetch) => fetch(URL_, 'POST' as RequestInit)],
  ['init that is not even true', (fetch) => fetch(URL_, 0 as RequestInit)],
  ['a symbol for a URL', (fetch) => fetch(Symbol('x') as unknown as string)],
]

test.each(REFUSED)('%s is a TypeError as with fetch, not thrown but rejected', async (_, call) => {
  const log = network.serve('http://a.test')
  // msw throws where fetch rejects.
  await expect((async () => call(fetch))()).rejects.toThrow(TypeError)
  await using users = balanced({ endpoints: ['http://a.test'] })
  await expect(call(users.fetch)).rejects.toThrow(TypeError)
  expect(log).toEqual([])
  expect(users.snapshot().endpoints[0]).toMatchObject({ failures: 0, consecutiveFailures: 0, inFlight: 0 })
})

test.each(REFUSED)('%s is not tried again, nor told as an attempt that failed', async (_, call) => {
  network.serve('http://a.test')
  network.serve('http://b.test')
  await using users = balanced({ endpoints: ['http://a.test', 'http://b.test'] })
  const kinds: string[] = []
  users.on('attempt', ({ kind }) => kinds.push(kind))
  await expect(call(users.fetch)).rejects.toThrow(TypeError)
  expect(kinds.filter((kind) => kind !== 'ignored')).toEqual([])
  expect(kinds.length).toBeLessThanOrEqual(1)
})

test('null and undefined for init are no init', async () => {
  const log = network.serve('http://a.test')
  await using users = balanced({ endpoints: ['http://a.test'] })
  await users.fetch('/x', undefined)
  await users.fetch('/x', null as unknown as RequestInit)
  expect(log.map(({ method }) => method)).toEqual(['GET', 'GET'])
})

test('a refused call leaves the endpoint as good as it was for the next', async () => {
  network.serve('http://a.test')
  await using users = balanced({ endpoints: ['http://a.test'] })
  for (let i = 0; i < 50; i++) await users.fetch('/x', { body: 'x' }).catch(() => undefined)
  expect((await users.fetch('/x')).status).toBe(200)
  expect(users.snapshot().endpoints[0]).toMatchObject({ state: 'eligible', successes: 1, failures: 0 })
})
