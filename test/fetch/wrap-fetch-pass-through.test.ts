import { wrapFetch } from 'evenkeel'
import { expect, test } from 'vitest'
import { balanced } from './balanced.ts'
import { mockNetwork } from './mock-network.ts'
import { service, wrapped } from './wrapped.ts'

const network = mockNetwork()

test.each<[string, unknown, unknown]>([
  ['a string', 'http://example.com/x', { method: 'POST', body: 'x', signal: AbortSignal.abort() }],
  ['a URL object', new URL('http://example.com/x'), Object.freeze({ cf: {} })],
  ['a Request', new Request('http://example.com/x'), { balancer: { retry: false } }],
  ['an object', { toString: () => 'http://example.com/' }, null],
  ['undefined', undefined, {}],
  ['null', null, {}],
  ['a number', 42, {}],
  ['a symbol', Symbol('x'), {}],
  ['an invalid URL', 'http://', {}],
])(
  '%s and its init are passed through, the very same, and so is what is returned',
  async (_, input, init) => {
    await using users = service('users')
    const { fetch, calls, answer } = wrapped({ users })
    expect(fetch(input as string, init as RequestInit)).toBe(answer)
    expect(calls).toHaveLength(1)
    expect(calls[0]?.[0]).toBe(input)
    expect(calls[0]?.[1]).toBe(init)
  },
)

test('no argument is added', async () => {
  await using users = service('users')
  const { fetch, calls } = wrapped({ users })
  await fetch('http://example.com/')
  expect(calls).toEqual([['http://example.com/']])
})

test('a body is not touched', async () => {
  await using users = service('users')
  const { fetch } = wrapped({ users })
  const request = new Request('http://example.com/', { method: 'POST', body: 'x' })
  await fetch(request)
  expect(request.bodyUsed).toBe(false)
  expect(await request.text()).toBe('x')
})

test('what the wrapped fetch throws or rejects with is passed through', async () => {
  await using users = service('users')
  const rejected = new Error('rejected')
  const thrown = new Error('thrown')
  const rejecting = wrapFetch(() => Promise.reject(rejected), { users })
  await expect(rejecting('http://example.com/')).rejects.toBe(rejected)
  const throwing = wrapFetch(
    () => {
      throw thrown
    },
    { users },
  )
  expect(() => throwing('http://example.com/')).toThrow(thrown)
})

test('it may replace globalThis.fetch, and what is unknown goes where it did before', async () => {
  network.serve('http://a.test', () => new Response('balanced'))
  network.serve('http://example.test', () => new Response('not balanced'))
  await using users = balanced({ endpoints: ['http://a.test'] })
  const original = globalThis.fetch
  globalThis.fetch = wrapFetch(original, { users }) as typeof fetch
  try {
    expect(await (await fetch('http://users/x')).text()).toBe('balanced')
    expect(await (await fetch('http://example.test/x')).text()).toBe('not balanced')
    expect(await (await users.fetch('/x')).text()).toBe('balanced')
  } finally {
    globalThis.fetch = original
  }
})
