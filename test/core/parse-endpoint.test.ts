import { describe, expect, it } from 'vitest'
import { parseEndpoint } from '../../src/core/parse-endpoint.js'

const parse = (input: unknown) => parseEndpoint(input as string, 'endpoints[0]')

describe('an endpoint', () => {
  it.each([
    ['http://10.0.0.1:8080', 'http://10.0.0.1:8080', 'http', '10.0.0.1', 8080, ''],
    ['http://10.0.0.1:8080/', 'http://10.0.0.1:8080', 'http', '10.0.0.1', 8080, ''],
    [
      'HTTPS://Users.Internal:443/Base/',
      'https://users.internal/Base',
      'https',
      'users.internal',
      443,
      '/Base',
    ],
    ['http://[::1]:9/a/b', 'http://[::1]:9/a/b', 'http', '::1', 9, '/a/b'],
    [
      'postgres://db.internal:5432/app',
      'postgres://db.internal:5432/app',
      'postgres',
      'db.internal',
      5432,
      '/app',
    ],
    ['tcp://10.0.0.9', 'tcp://10.0.0.9', 'tcp', '10.0.0.9', 0, ''],
    // A scheme may be called like what every object has.
    ['constructor://a', 'constructor://a', 'constructor', 'a', 0, ''],
    ['unix:///run/app.sock', 'unix:///run/app.sock', 'unix', '', 0, '/run/app.sock'],
  ])('%s is read as %s', (input, url, scheme, hostname, port, basePath) => {
    expect(parse(input)).toMatchObject({ id: url, url, scheme, hostname, port, basePath })
    expect(parse(new URL(input))).toEqual(parse(input))
    expect(parse({ url: input })).toEqual(parse(input))
  })

  it.each([
    [{ address: '10.0.0.7' }, '10.0.0.7', 443, '@10.0.0.7:443'],
    [{ address: '10.0.0.7', port: 8443 }, '10.0.0.7', 8443, '@10.0.0.7:8443'],
    [{ port: 8443 }, 'users.internal', 8443, '@users.internal:8443'],
    [{ address: 'pod-1.users.internal' }, 'pod-1.users.internal', 443, '@pod-1.users.internal:443'],
    [{ address: '[fd00::7]' }, 'fd00::7', 443, '@[fd00::7]:443'],
    [{ address: 'fe80::1%eth0', port: 1 }, 'fe80::1%eth0', 1, '@[fe80::1%eth0]:1'],
    [{ address: 'unix:/run/a b.sock' }, 'unix:/run/a b.sock', 443, '@unix:/run/a b.sock'],
  ])('%j is where it is dialled, and not what it is called', (given, address, port, id) => {
    const url = 'https://users.internal'
    expect(parse({ url, ...given })).toMatchObject({
      id: url + id,
      url,
      origin: url,
      hostname: 'users.internal',
      address,
      port,
    })
    expect(parse({ url, id: 'x', ...given }).id).toBe('x')
  })

  it.each(['', '10.0.0.7:80', 'a b', 'a/b', 'http://a', 'unix:', 'unix:a', '[::1', '-', 'a@b', 7, null])(
    'refuses %j as an address',
    (address) => {
      expect(() => parse({ url: 'http://a', address })).toThrow(/`endpoints\[0\]\.address`.*allowed is an IP/)
    },
  )

  it('is not taken to be where it was dialled before', () => {
    const known = parse({ url: 'http://a', id: 'http://a', port: 9 })
    expect(parseEndpoint('http://a', 'endpoint', () => known)).toMatchObject({ port: 80, address: undefined })
  })

  it('has defaults for all but its URL', () => {
    expect(parse('http://a')).toMatchObject({
      weight: 1,
      priority: 0,
      zone: undefined,
      region: undefined,
      metadata: {},
    })
  })

  it('keeps what it is given', () => {
    const given = {
      id: 'x',
      url: 'http://a',
      weight: 0.5,
      priority: 2,
      zone: 'z',
      region: 'r',
      metadata: { k: 1 },
    }
    expect(parse(given)).toMatchObject({ ...given, url: 'http://a' })
  })

  it.each([
    ['localhost:8080', /endpoints\[0\].*did you mean "http:\/\/localhost:8080"/],
    ['10.0.0.1:8080', /did you mean "http:\/\/10.0.0.1:8080"/],
    ['', /got ""/],
    ['http://', /got "http:\/\/"/],
    ['http://a?x=1', /without a query or fragment/],
    ['http://a#x', /without a query or fragment/],
    ['http://user:secret@a', /a URL of a with credentials/],
    [42, /got 42/],
    [null, /got null/],
    [undefined, /got undefined/],
    [[], /got an array of 0/],
    [{}, /endpoints\[0\]\.url/],
    [{ url: 'http://a', id: '' }, /endpoints\[0\]\.id/],
    [{ url: 'http://a', weight: -1 }, /endpoints\[0\]\.weight.*-1.*at least 0/],
    [{ url: 'http://a', weight: Number.NaN }, /endpoints\[0\]\.weight.*NaN/],
    [{ url: 'http://a', weight: Number.POSITIVE_INFINITY }, /endpoints\[0\]\.weight.*Infinity/],
    [{ url: 'http://a', weight: '3' }, /endpoints\[0\]\.weight.*"3"/],
    [{ url: 'http://a', priority: 1.5 }, /endpoints\[0\]\.priority.*a whole number/],
    [{ url: 'http://a', zone: 7 }, /endpoints\[0\]\.zone/],
    [{ url: 'http://a', metadata: 'x' }, /endpoints\[0\]\.metadata/],
    [
      { url: 'http://a', wieght: 3 },
      /endpoints\[0\]\.wieght.*no such option; known are id, url, address, port, weight/,
    ],
  ])('%j is refused', (input, message) => {
    expect(() => parse(input)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
    )
  })

  it.each(['http://user:secret@a', 'user:secret@a:80', 'http://user:secret@a b/'])(
    'never repeats a password, as in %s',
    (input) => {
      expect(() => parse(input)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_CONFIG' }))
      expect(() => parse(input)).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining('secret') }),
      )
    },
  )
})
