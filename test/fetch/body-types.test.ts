import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { balanced } from './balanced.ts'
import { BODIES, BUFFERS, BYTES, streaming } from './bodies.ts'
import { expectLikeFetch } from './like-fetch.ts'
import { mockNetwork } from './mock-network.ts'

const network = mockNetwork()

test.each(BODIES)('%s arrives as with fetch, and with its type', async (_, body, type) => {
  const received = await expectLikeFetch(network, (fetch) => fetch('/x', { method: 'POST', body: body() }))
  expect(received.headers.get('content-type')).toMatch(type)
  expect(received.body.length).toBeGreaterThan(0)
})

test.each(BODIES)('%s has the type that the caller says it has', async (_, body) => {
  const headers = { 'content-type': 'application/x-own' }
  const received = await expectLikeFetch(network, (fetch) =>
    fetch('/x', { method: 'PUT', body: body(), headers }),
  )
  expect(received.headers.get('content-type')).toBe('application/x-own')
})

test.each(BODIES)('%s in a Request arrives as with fetch', async (_, body, type) => {
  const received = await expectLikeFetch(network, (fetch) =>
    fetch(new Request('http://a.test/x', { method: 'POST', body: body() })),
  )
  expect(received.headers.get('content-type')).toMatch(type)
  expect(received.body.length).toBeGreaterThan(0)
})

test.each(BUFFERS)('the bytes of %s arrive, without a type', async (_, body) => {
  const received = await expectLikeFetch(network, (fetch) => fetch('/x', { method: 'POST', body: body() }))
  expect(received.body.equals(BYTES)).toBe(true)
  expect(received.headers.has('content-type')).toBe(false)
})

test.each<[string, () => unknown]>([
  ['null', () => null],
  ['undefined', () => undefined],
  ['an empty string', () => ''],
  ['an empty Blob', () => new Blob()],
  ['an empty form', () => new FormData()],
  ['empty URLSearchParams', () => new URLSearchParams()],
  ['no bytes', () => new Uint8Array()],
  ['a number', () => 42],
  ['an object', () => ({ toString: () => 'made a string' })],
  ['an array', () => ['a', 'b']],
  ['a date', () => new Date(0)],
])('%s arrives as with fetch', async (_, body) => {
  const received = await expectLikeFetch(network, (fetch) =>
    fetch('/x', { method: 'POST', body: body() as BodyInit }),
  )
  expect(received.method).toBe('POST')
})

test.each<[string, () => unknown]>([
  ['a ReadableStream', () => new Blob([BYTES]).stream()],
  [
    'an async generator',
    async function* () {
      yield BYTES.subarray(0, 7)
      yield BYTES.subarray(7)
    },
  ],
  ['a stream of Node', () => Readable.from([BYTES.subarray(0, 7), BYTES.subarray(7)])],
])('%s arrives whole', async (_, body) => {
  const received = await expectLikeFetch(network, (fetch) =>
    fetch('/x', { method: 'POST', ...streaming(body()) }),
  )
  expect(received.body.equals(BYTES)).toBe(true)
})

test("a body in init goes before a Request's", async () => {
  const headers = { 'x-a': '1' }
  const received = await expectLikeFetch(network, (fetch) => {
    const request = new Request('http://a.test/x', { method: 'POST', body: 'old', headers })
    return fetch(request, { body: 'new' })
  })
  expect(received.body.toString()).toBe('new')
  expect(received.headers.get('x-a')).toBe('1')
})

test.each<[string, BodyInit | null | undefined]>([
  ['null', null],
  ['undefined', undefined],
])('%s in init leaves a Request its own body', async (_, body) => {
  const received = await expectLikeFetch(network, (fetch) => {
    const request = new Request('http://a.test/x', { method: 'POST', body: 'own' })
    return fetch(request, { body } as RequestInit)
  })
  expect(received.body.toString()).toBe('own')
})

test('a Request is used up by the call, as by fetch', async () => {
  const used: boolean[] = []
  await expectLikeFetch(network, async (fetch) => {
    const request = new Request('http://a.test/x', { method: 'POST', body: 'once' })
    const response = await fetch(request)
    used.push(request.bodyUsed)
    // msw throws where fetch rejects.
    await expect((async () => fetch(request))()).rejects.toThrow(TypeError)
    return response
  })
  expect(used).toEqual([true, true])
})

test('a stream does not need to be called half-duplex', async () => {
  const log = network.serve('http://a.test')
  await using users = balanced({ endpoints: ['http://a.test'] })
  await users.fetch('/x', { method: 'POST', body: new Blob([BYTES]).stream() })
  expect(log[0]?.body.equals(BYTES)).toBe(true)
})
