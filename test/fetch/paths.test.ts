import { expect, test } from 'vitest'
import { balanced, inTurn } from './balanced.ts'
import { mockNetwork } from './mock-network.ts'

const network = mockNetwork()

async function arrivesAs(endpoint: string, path: string): Promise<string | undefined> {
  const log = network.serve('http://a.test')
  await using users = balanced({ endpoints: [endpoint] })
  await users.fetch(path)
  expect(log).toHaveLength(1)
  return log[0]?.url.slice('http://a.test'.length)
}

test.each([
  ['a path', '/v1/me', '/v1/me'],
  ['a path with a query', '/v1?a=1&a=2', '/v1?a=1&a=2'],
  ['a path without a slash', 'v1?x', '/v1?x'],
  ['nothing', '', '/'],
  ['a query alone', '?q', '/?q'],
  ['a hash alone', '#top', '/'],
  ['a path with a hash', '/v1?q#top', '/v1?q'],
  ['a trailing slash', '/v1/', '/v1/'],
  ['a colon in a segment', '/a:b', '/a:b'],
  ['empty segments', '/a//b', '/a//b'],
  ['white space around it', '  /v1\n', '/v1'],
  ['a tab within it', '/v\t1', '/v1'],
])('%s is the same below every base path', async (_, path, expected) => {
  expect(await arrivesAs('http://a.test', path)).toBe(expected)
  expect(await arrivesAs('http://a.test/base', path)).toBe(`/base${expected}`)
  expect(await arrivesAs('http://a.test/two/levels/', path)).toBe(`/two/levels${expected}`)
})

test.each([
  ['what is encoded stays so', '/%2F/%C3%A9?x=%26%2E', '/base/%2F/%C3%A9?x=%26%2E'],
  ['what is not is encoded', '/a b/é?q=ü "<>', '/base/a%20b/%C3%A9?q=%C3%BC%20%22%3C%3E'],
  ['a quote in a query is encoded as in every http URL', "/it's?it's", "/base/it's?it%27s"],
  ['a broken percent sign is left alone', '/100%?%zz', '/base/100%?%zz'],
  ['a plus is no space', '/a+b?c+d', '/base/a+b?c+d'],
])('%s', async (_, path, expected) => {
  expect(await arrivesAs('http://a.test/base', path)).toBe(expected)
})

test.each([
  ['/../admin', '/base/admin'],
  ['../../admin', '/base/admin'],
  ['/v1/../../../admin', '/base/admin'],
  ['/..', '/base/'],
  ['/v1/..', '/base/'],
  ['/.well-known/x', '/base/.well-known/x'],
  ['/%2e%2e/admin', '/base/admin'],
  ['/.%2E/%2e./admin', '/base/admin'],
  ['/..\\..\\admin', '/base/admin'],
  ['\\..\\admin', '/base/admin'],
  ['/.\t./.\n./admin', '/base/admin'],
  ['\u0000/../admin', '/base/admin'],
  ['/\u2028/../../admin', '/base/admin'],
  // Not a dot segment to any URL parser: what the server makes of it is its own affair.
  ['/v1/..%2f..%2fadmin', '/base/v1/..%2f..%2fadmin'],
  ['/v1?next=/../admin', '/base/v1?next=/../admin'],
])('%j does not climb out of the base path', async (path, expected) => {
  expect(await arrivesAs('http://a.test/base', path)).toBe(expected)
})

test('a retry on another endpoint has the base path of that one', async () => {
  const a = network.serve('http://a.test', () => new Response(null, { status: 503 }))
  const b = network.serve('http://b.test')
  await using users = balanced({ endpoints: inTurn('http://a.test/one', 'http://b.test/two') })
  const response = await users.fetch('/v1?q')
  expect(await response.text()).toBe('ok')
  expect(a.map(({ url }) => url)).toEqual(['http://a.test/one/v1?q'])
  expect(b.map(({ url }) => url)).toEqual(['http://b.test/two/v1?q'])
})
