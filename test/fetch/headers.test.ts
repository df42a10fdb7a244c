import { expect, test } from 'vitest'
import { balanced, inTurn } from './balanced.ts'
import { expectLikeFetch } from './like-fetch.ts'
import { mockNetwork } from './mock-network.ts'

const network = mockNetwork()

function* pairs(): Generator<[string, string]> {
  yield ['x-a', '1']
  yield ['x-b', '2']
}

test.each<[string, () => HeadersInit]>([
  ['Headers', () => new Headers({ 'x-a': '1', 'x-b': '2' })],
  ['a record', () => ({ 'x-a': '1', 'x-b': '2' })],
  ['pairs', () => [...pairs()]],
  ['a Map', () => new Map(pairs()) as unknown as HeadersInit],
  ['a generator', () => pairs() as unknown as HeadersInit],
  ['names in capitals', () => ({ 'X-A': '1', 'X-B': '2' })],
  ['white space around values', () => ({ 'x-a': ' \t1 ', 'x-b': '2\n' })],
  ['values that are no strings', () => ({ 'x-a': 1, 'x-b': 2 }) as unknown as HeadersInit],
])('headers as %s arrive as with fetch', async (_, headers) => {
  const received = await expectLikeFetch(network, (fetch) => fetch('/x', { headers: headers() }))
  expect(received.headers.get('x-a')).toBe('1')
  expect(received.headers.get('x-b')).toBe('2')
})

test('one name twice becomes a list', async () => {
  const headers: [string, string][] = [
    ['accept', 'text/html'],
    ['Accept', 'text/plain'],
  ]
  const received = await expectLikeFetch(network, (fetch) => fetch('/x', { headers }))
  expect(received.headers.get('accept')).toBe('text/html, text/plain')
})

test('an empty value and bytes above ASCII are kept', async () => {
  const received = await expectLikeFetch(network, (fetch) =>
    fetch('/x', { headers: { 'x-empty': '', 'x-latin': 'café' } }),
  )
  expect(received.headers.get('x-empty')).toBe('')
  expect(received.headers.get('x-latin')).toBe('café')
})

test("the headers of init replace all of a Request's", async () => {
  const log = network.serve('http://a.test')
  await using users = balanced({ endpoints: ['http://a.test'] })
  const request = new Request('http://users/x', { headers: { 'x-a': 'request', 'x-b': 'request' } })
  await users.fetch(request)
  await users.fetch(request, { headers: { 'x-a': 'init' } })
  await users.fetch(request, { headers: {} })
  await users.fetch(request, { headers: undefined } as unknown as RequestInit)
  expect(log.map(({ headers }) => [headers.get('x-a'), headers.get('x-b')])).toEqual([
    ['request', 'request'],
    ['init', null],
    [null, null],
    ['request', 'request'],
  ])
})

test('headers that the caller changes after the call are sent as they were, also in a retry', async () => {
  const a = network.serve('http://a.test', () => new Response(null, { status: 503 }))
  const b = network.serve('http://b.test')
  await using users = balanced({ endpoints: inTurn('http://a.test', 'http://b.test') })
  const headers = new Headers({ 'x-a': 'before' })
  const record: Record<string, string> = { 'x-a': 'before' }
  const pairs: [string, string][] = [['x-a', 'before']]
  const calls = [headers, record, pairs].map((given) => users.fetch('/x', { headers: given }))
  headers.set('x-a', 'after')
  record['x-a'] = 'after'
  pairs[0]![1] = 'after'
  for (const { status } of await Promise.all(calls)) expect(status).toBe(200)
  expect([...a, ...b].map((received) => received.headers.get('x-a'))).toEqual(Array(6).fill('before'))
})

test.each<[string, unknown]>([
  ['a line break in a value', { 'x-a': 'a\r\nx-b: b' }],
  ['a zero byte in a value', { 'x-a': 'a\0b' }],
  ['characters beyond a byte', { 'x-a': '☕' }],
  ['a space in a name', { 'x a': '1' }],
  ['an empty name', { '': '1' }],
  ['a name alone', [['x-a']]],
  ['a string', 'x-a: 1'],
  ['null', null],
  ['a symbol for a value', { 'x-a': Symbol('1') }],
])('headers with %s are what they are to fetch', async (_, headers) => {
  const init = { headers } as RequestInit
  const log = network.serve('http://a.test')
  // msw throws instead of rejecting.
  await expect((async () => fetch('http://a.test/x', init))()).rejects.toThrow(TypeError)
  await using users = balanced({ endpoints: ['http://a.test'] })
  await expect(users.fetch('/x', init)).rejects.toThrow(TypeError)
  expect(log).toEqual([])
  expect(users.snapshot().endpoints[0]).toMatchObject({ failures: 0, consecutiveFailures: 0 })
})
