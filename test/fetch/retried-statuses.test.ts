import { expect, test, vi } from 'vitest'
import { balanced, inTurn } from './balanced.ts'
import { mockNetwork } from './mock-network.ts'
import { recordingTransport } from './recording-fetch.ts'

const network = mockNetwork()

const status = (code: number) => () => new Response(`status ${code}`, { status: code })

test.each([429, 502, 503, 504])('%i of a GET is asked of the next endpoint', async (code) => {
  const a = network.serve('http://a.test', status(code))
  const b = network.serve('http://b.test')
  await using users = balanced({ endpoints: inTurn('http://a.test', 'http://b.test') })
  expect(await (await users.fetch('/x')).text()).toBe('ok')
  expect([a.length, b.length]).toEqual([1, 1])
})

test.each([400, 401, 403, 404, 408, 409, 410, 418, 422, 425, 500, 501, 505, 507, 511])(
  '%i is an answer, and not asked for again',
  async (code) => {
    const a = network.serve('http://a.test', status(code))
    const b = network.serve('http://b.test')
    await using users = balanced({ endpoints: inTurn('http://a.test', 'http://b.test') })
    expect(await (await users.fetch('/x')).text()).toBe(`status ${code}`)
    expect([a.length, b.length]).toEqual([1, 0])
  },
)

test.each([
  ['HEAD', 2],
  ['OPTIONS', 2],
  ['PUT', 2],
  ['put', 2],
  ['DELETE', 2],
  ['POST', 1],
  ['PATCH', 1],
  ['PROPFIND', 1],
])('a 503 of %s makes %i requests', async (method, requests) => {
  const a = network.serve('http://a.test', () => new Response(null, { status: 503 }))
  const b = network.serve('http://b.test', () => new Response())
  await using users = balanced({ endpoints: inTurn('http://a.test', 'http://b.test') })
  expect((await users.fetch('/x', { method })).status).toBe(requests === 1 ? 503 : 200)
  expect(a.length + b.length).toBe(requests)
})

test.each<[string, RequestInit['headers']]>([
  ['Headers', new Headers({ 'Idempotency-Key': 'k' })],
  ['a record, in capitals', { 'IDEMPOTENCY-KEY': 'k' }],
  ['pairs', [['idempotency-key', 'k']]],
])('a POST with an Idempotency-Key in %s is asked of the next, with the same key', async (_, headers) => {
  const a = network.serve('http://a.test', status(503))
  const b = network.serve('http://b.test')
  await using users = balanced({ endpoints: inTurn('http://a.test', 'http://b.test') })
  const init = { method: 'POST', body: 'pay', headers } as RequestInit
  expect((await users.fetch('/x', init)).status).toBe(200)
  expect((await users.fetch(new Request('http://users/x', init))).status).toBe(200)
  const keys = [...a, ...b].map((received) => received.headers.get('idempotency-key'))
  expect(keys).toEqual(keys.map(() => 'k'))
  expect(b.map(({ body }) => body.toString())).toEqual(['pay', 'pay'])
})

test('the last 503 is a Response with its own body, and those before are let go of', async () => {
  const cancelled: number[] = []
  let made = 0
  const { sent, transport } = recordingTransport(() => {
    const number = ++made
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(`answer ${number}`)),
      cancel: () => void cancelled.push(number),
    })
    return new Response(body, { status: 503 })
  })
  const endpoints = ['http://a.test', 'http://b.test', 'http://c.test']
  await using users = balanced({ endpoints, transport })
  const response = await users.fetch('/x')
  expect(response.status).toBe(503)
  const { value } = await response.body!.getReader().read()
  expect(new TextDecoder().decode(value)).toBe('answer 3')
  expect(sent).toHaveLength(3)
  expect(cancelled).toEqual([1, 2])
})

test('a discarded body that fails to be cancelled does not fail the call', async () => {
  const cancel = vi.fn(() => Promise.reject(new Error('cannot')))
  let made = 0
  const { transport } = recordingTransport(() =>
    made++ === 0 ? new Response(new ReadableStream({ cancel }), { status: 503 }) : new Response('ok'),
  )
  await using users = balanced({ endpoints: ['http://a.test', 'http://b.test'], transport })
  expect(await (await users.fetch('/x')).text()).toBe('ok')
  expect(cancel).toHaveBeenCalledOnce()
})

test('a server that flaps costs no idempotent call', async () => {
  const a = network.serve('http://a.test', (_, count) => status(count % 2 === 0 ? 503 : 200)())
  const b = network.serve('http://b.test', (_, count) => status(count % 3 === 0 ? 502 : 200)())
  await using users = balanced({ endpoints: ['http://a.test', 'http://b.test'] })
  for (let i = 0; i < 50; i++) expect((await users.fetch('/x')).status).toBe(200)
  expect(a.length + b.length).toBeGreaterThan(50)
})
