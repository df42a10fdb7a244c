import { expect, test } from 'vitest'
import { balanced } from './balanced.ts'
import { mockNetwork } from './mock-network.ts'
import { recordingTransport } from './recording-fetch.ts'

const network = mockNetwork()

const secret = { headers: { authorization: 'Bearer secret' } }

/** They name another host; path and query are used, and the host is not. */
test.each<[string, string | URL | Request]>([
  ['an absolute URL', 'http://other.test/v1?q=1#top'],
  ['an absolute URL of another scheme', 'https://other.test/v1?q=1'],
  ['an absolute URL with a port', 'http://other.test:8443/v1?q=1'],
  ['a scheme in capitals', 'HTTP://OTHER.TEST/v1?q=1'],
  ['a scheme without slashes', 'http:other.test/v1?q=1'],
  ['too many slashes', 'http:////other.test/v1?q=1'],
  ['backslashes', 'http:\\\\other.test\\v1?q=1'],
  ['white space before the scheme', ' \t\nhttp://other.test/v1?q=1'],
  ['a line break within the scheme', 'ht\ntp://other.test/v1?q=1'],
  ['a URL without a scheme', '//other.test/v1?q=1'],
  ['a URL without a scheme, with backslashes', '\\\\other.test/v1?q=1'],
  ['a URL object', new URL('http://other.test/v1?q=1#top')],
  ['a Request', new Request('http://other.test/v1?q=1#top')],
])('%s goes to the endpoint, and its credentials go nowhere else', async (_, input) => {
  const a = network.serve('http://a.test')
  const other = network.serve('http://other.test')
  await using users = balanced({ endpoints: ['http://a.test/base'] })
  await users.fetch(input, secret)
  expect(a.map(({ url, headers }) => [url, headers.get('authorization')])).toEqual([
    ['http://a.test/base/v1?q=1', 'Bearer secret'],
  ])
  expect(other).toEqual([])
})

test('a hash stays with the caller', async () => {
  const { sent, transport } = recordingTransport()
  await using users = balanced({ endpoints: ['http://a.test'], transport })
  for (const input of ['/x#top', '#top', 'http://users/x#top', new URL('http://users/x#top')]) {
    await users.fetch(input)
  }
  await users.fetch(new Request('http://users/x#top'))
  expect(sent.map(({ url }) => url).filter((url) => url.includes('#'))).toEqual([])
})

test('a path of two slashes and a host stays a path', async () => {
  const { sent, transport } = recordingTransport()
  await using users = balanced({ endpoints: ['http://a.test'], transport })
  await users.fetch('http://users//evil.test/x', secret)
  expect(sent.map(({ url }) => url)).toEqual(['http://a.test//evil.test/x'])
})

test('what can be made a string of is an input, as for fetch', async () => {
  const { sent, transport } = recordingTransport()
  await using users = balanced({ endpoints: ['http://a.test'], transport })
  class Link extends URL {}
  await users.fetch(new Link('http://users/of/a/subclass'))
  await users.fetch({ toString: () => '/of/an/object' } as unknown as string)
  await users.fetch(new String('/of/a/String') as string)
  expect(sent.map(({ url }) => new URL(url).pathname)).toEqual([
    '/of/a/subclass',
    '/of/an/object',
    '/of/a/String',
  ])
})

test.each([
  ['a password', 'http://me:secret@a.test/'],
  ['a user', 'http://me@a.test/'],
  ['a user, but no scheme', '//me@a.test/'],
  ['data', 'data:text/plain,hello'],
  ['a file', 'file:///etc/passwd'],
  ['a blob', 'blob:nodedata:0'],
  ['a script', 'javascript:alert(1)'],
  ['a mail address', 'mailto:me@a.test'],
  ['another protocol', 'ws://a.test/'],
  ['no host', 'http://'],
  ['a host that is none', 'http://a b/'],
  ['a port that is none', 'http://a.test:99999/'],
])('a URL of %s is a TypeError, and not sent', async (_, input) => {
  const { sent, transport } = recordingTransport()
  await using users = balanced({ endpoints: ['http://a.test'], transport })
  const call = users.fetch(input, secret)
  await expect(call).rejects.toThrow(TypeError)
  await expect(call).rejects.not.toThrow('secret')
  expect(sent).toEqual([])
  expect(users.snapshot().endpoints[0]).toMatchObject({ calls: 0, failures: 0 })
})
