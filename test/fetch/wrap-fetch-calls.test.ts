import { type Balancer, BalancerError, createBalancer, wrapFetch } from 'evenkeel'
import { expect, test } from 'vitest'
import { balanced, inTurn } from './balanced.ts'
import { mockNetwork } from './mock-network.ts'
import { recordingTransport } from './recording-fetch.ts'
import { service, wrapped } from './wrapped.ts'

const network = mockNetwork()

test('each service has its own balancer', async () => {
  await using users = service('users')
  await using orders = service('orders')
  const { fetch, urls } = wrapped({ users, 'orders:8080': orders })
  await fetch('http://orders:8080/1')
  await fetch('http://users/2')
  await fetch('http://orders/3')
  expect(urls()).toEqual(['http://orders-1.test/1', 'http://users-1.test/2', 'http://orders/3'])
})

test('one balancer may stand for several hosts', async () => {
  await using users = service('users')
  const { fetch, urls } = wrapped({ users, 'users.internal': users })
  await fetch('http://users/1')
  await fetch('http://users.internal/2')
  expect(urls()).toEqual(['http://users-1.test/1', 'http://users-1.test/2'])
})

test('a balanced call is retried, with its method, headers and body', async () => {
  const a = network.serve('http://a.test', () => new Response(null, { status: 503 }))
  const b = network.serve('http://b.test')
  await using users = balanced({ endpoints: inTurn('http://a.test', 'http://b.test') })
  const fetch = wrapFetch(globalThis.fetch, { users })
  const request = new Request('http://users/x?q', { method: 'PUT', body: 'text', headers: { 'x-a': '1' } })
  expect((await fetch(request)).status).toBe(200)
  expect(a).toHaveLength(1)
  expect(
    b.map(({ method, url, headers, body }) => [method, url, headers.get('x-a'), body.toString()]),
  ).toEqual([['PUT', 'http://b.test/x?q', '1', 'text']])
})

test('init goes before a Request, and options of the call are heard', async () => {
  const a = network.serve('http://a.test', () => new Response(null, { status: 503 }))
  const b = network.serve('http://b.test')
  await using users = balanced({ endpoints: inTurn('http://a.test', 'http://b.test') })
  const fetch = wrapFetch(globalThis.fetch, { users })
  const init = { method: 'DELETE', balancer: { retry: false } } as const
  expect((await fetch(new Request('http://users/x', { method: 'PUT' }), init)).status).toBe(503)
  expect(a.map(({ method }) => method)).toEqual(['DELETE'])
  expect(b).toEqual([])
})

test('a mistake in the options of a call is told as such', async () => {
  await using users = service('users')
  const { fetch, calls } = wrapped({ users })
  const call = fetch('http://users/', { balancer: { retries: 3 } as never })
  await expect(call).rejects.toMatchObject({
    code: 'ERR_INVALID_CONFIG',
    message: expect.stringContaining('retries'),
  })
  expect(calls).toEqual([])
})

test('what fails is told as by the balancer itself', async () => {
  await using users = createBalancer({ name: 'users', endpoints: [] })
  const { fetch } = wrapped({ users })
  const call = fetch('http://users/')
  await expect(call).rejects.toBeInstanceOf(BalancerError)
  await expect(call).rejects.toMatchObject({ code: 'ERR_NO_ENDPOINTS', balancer: 'users' })
})

test('a balancer with a transport of its own keeps it', async () => {
  const { sent, transport } = recordingTransport()
  await using users = createBalancer({ endpoints: ['http://users-1.test'], transport })
  const { fetch, calls } = wrapped({ users })
  await fetch('http://users/x')
  expect(sent.map(({ url }) => url)).toEqual(['http://users-1.test/x'])
  expect(calls).toEqual([])
})

test('a URL that includes credentials is a TypeError, as with fetch', async () => {
  await using users = service('users')
  const { fetch, calls } = wrapped({ users })
  await expect(fetch('http://me:secret@users/')).rejects.toThrow(TypeError)
  expect(calls).toEqual([])
})

test('what stands in for a balancer is asked by its fetch', async () => {
  const asked: unknown[] = []
  const standIn = {
    fetch: async (...given: unknown[]) => {
      asked.push(...given)
      return new Response()
    },
  } as unknown as Balancer
  const { fetch } = wrapped({ users: standIn })
  const init = { method: 'PUT' }
  await fetch('http://users/x', init)
  expect(asked).toEqual(['http://users/x', init])
  expect(asked[1]).toBe(init)
})

test.each<[string, Record<string, unknown>]>([
  ['a URL for a host', { 'http://users': service('x') }],
  ['a path behind a host', { 'users/v1': service('x') }],
  ['a user before a host', { 'me@users': service('x') }],
  ['an empty host', { '': service('x') }],
  ['a port that is none', { 'users:99999': service('x') }],
  ['the same host twice', { users: service('x'), USERS: service('y') }],
  ['no balancer', { users: undefined }],
  ['a function', { users: fetch }],
])('%s is a mistake that is told at once', (_, services) => {
  expect(() => wrapFetch(fetch, services as Record<string, Balancer>)).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_CONFIG' }),
  )
})

test.each([[undefined], [null], ['fetch'], [{}]])('%j is no fetch to wrap', (given) => {
  expect(() => wrapFetch(given as unknown as typeof fetch, {})).toThrow(/`fetch`/)
})
