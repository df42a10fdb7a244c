import { expect, test } from 'vitest'
import { balanced } from './balanced.ts'
import { expectLikeFetch } from './like-fetch.ts'
import { mockNetwork } from './mock-network.ts'
import { recordingTransport } from './recording-fetch.ts'

const network = mockNetwork()

test.each([
  ['get', 'GET'],
  ['Post', 'POST'],
  ['pUt', 'PUT'],
  ['delete', 'DELETE'],
  ['options', 'OPTIONS'],
  ['head', 'HEAD'],
  ['PATCH', 'PATCH'],
  ['PROPFIND', 'PROPFIND'],
])('method %s arrives as %s, as with fetch', async (method, expected) => {
  const received = await expectLikeFetch(network, (fetch) => fetch('/x', { method }))
  expect(received.method).toBe(expected)
})

// The standard brings only six methods into upper case, and msw takes no others in lower case.
test.each(['patch', 'propfind', 'Link'])('method %s is left as it is', async (method) => {
  const { sent, transport } = recordingTransport()
  await using users = balanced({ endpoints: ['http://a.test'], transport })
  await users.fetch('/x', { method })
  expect(new Request('http://a.test/', sent[0]?.init).method).toBe(method)
})

test.each(['CONNECT', 'TRACE', 'track', 'a b', 'GE\nT', 'é', ''])(
  'method %j is a TypeError, and not held against the endpoint',
  async (method) => {
    const log = network.serve('http://a.test')
    await using users = balanced({ endpoints: ['http://a.test'] })
    await expect(users.fetch('/x', { method })).rejects.toThrow(TypeError)
    expect(log).toEqual([])
    expect(users.snapshot().endpoints[0]).toMatchObject({ failures: 0, consecutiveFailures: 0 })
  },
)

test('the method of init goes before that of a Request', async () => {
  const { sent, transport } = recordingTransport()
  await using users = balanced({ endpoints: ['http://a.test'], transport })
  const request = new Request('http://users/x', { method: 'DELETE' })
  await users.fetch(request)
  await users.fetch(request, { method: 'PUT' })
  await users.fetch(request, { method: undefined } as unknown as RequestInit)
  expect(sent.map(({ init }) => init.method)).toEqual(['DELETE', 'PUT', 'DELETE'])
})
