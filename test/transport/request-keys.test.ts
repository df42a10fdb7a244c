import { byClientIp, byCookie, byHeader, byQuery, firstOf, type HashKey } from 'evenkeel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

function keyOf(key: HashKey, headers: Record<string, string>, search = ''): string | undefined {
  return key({ method: 'GET', path: '/', search, headers: new Headers(headers) })
}

describe('byHeader', () => {
  it('is the value of the header, however its name is written', () => {
    expect(keyOf(byHeader('X-Tenant'), { 'x-tenant': 'acme' })).toBe('acme')
    expect(keyOf(byHeader('x-tenant'), {})).toBeUndefined()
  })
})

describe('byCookie', () => {
  it.each([
    ['sid=1', '1'],
    ['a=b; sid=2; c=d', '2'],
    // Browsers send the one of the closest path first.
    ['sid=close; sid=far', 'close'],
    ['SID=other; sid=mine', 'mine'],
    ['sid="quoted"', '"quoted"'],
    ['xsid=3', undefined],
    ['sid', undefined],
    ['sid=', ''],
    ['; ;=; sid = spaced ', 'spaced'],
    ['sid=%E0%A4%A', '%E0%A4%A'],
    ['sid=a%20b', 'a b'],
    ['__proto__=x', undefined],
    ['', undefined],
  ])('finds in %j: %j', (cookie, expected) => {
    expect(keyOf(byCookie('sid'), { cookie })).toBe(expected)
  })

  it('is no inherited property', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(keyOf(byCookie(name), { cookie: 'a=b' })).toBeUndefined()
    }
  })

  it('takes time in proportion to what a client sends', () => {
    const time = (length: number) => {
      const headers = new Headers({ cookie: 'a;'.repeat(length) })
      const begun = performance.now()
      byCookie('sid')({ method: 'GET', path: '/', search: '', headers })
      return performance.now() - begun
    }
    time(1_000)
    // Ten times as much may not take a hundred times as long; the rest is room for a busy machine.
    expect(time(500_000)).toBeLessThan(40 * time(50_000) + 50)
  })
})

describe('byQuery', () => {
  it.each([
    ['?user=7', '7'],
    ['?a=b&user=8&user=9', '8'],
    ['?user=a%20b', 'a b'],
    ['?user', ''],
    ['?other=1', undefined],
    ['', undefined],
  ])('finds in %j: %j', (search, expected) => {
    expect(keyOf(byQuery('user'), {}, search)).toBe(expected)
  })
})

describe('firstOf', () => {
  it('is the first key that there is, and an empty one is none', () => {
    const key = firstOf(byCookie('sid'), byHeader('x-user'), byQuery('user'))
    expect(keyOf(key, { cookie: 'sid=1', 'x-user': '2' })).toBe('1')
    expect(keyOf(key, { cookie: 'sid=', 'x-user': '2' })).toBe('2')
    expect(keyOf(key, {}, '?user=3')).toBe('3')
    expect(keyOf(key, {})).toBeUndefined()
  })
})

describe('byClientIp', () => {
  it.each([
    ['203.0.113.7', '203.0.113.0/24'],
    ['203.0.113.250', '203.0.113.0/24'],
    ['203.0.113.7:51234', '203.0.113.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:0:0:0:0/64'],
    ['[2001:db8:1:2::9]:443', '2001:db8:1:2:0:0:0:0/64'],
    ['[2001:db8:1:2::9]', '2001:db8:1:2:0:0:0:0/64'],
    ['2001:DB8::', '2001:db8:0:0:0:0:0:0/64'],
    ['::1', '0:0:0:0:0:0:0:0/64'],
    ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:0/64'],
    ['::ffff:203.0.113.7', '203.0.113.0/24'],
    ['::ffff:cb00:7107', '203.0.113.0/24'],
  ])('puts %s into %s', (address, expected) => {
    expect(keyOf(byClientIp(), { 'x-forwarded-for': address })).toBe(expected)
  })

  it.each([
    '',
    'unknown',
    '_hidden',
    '203.0.113',
    '203.0.113.256',
    '203.0.113.7.8',
    '1.2.3.4:5:6',
    '0x7f.1.1.1',
    '::1::2',
    '1:2:3:4:5:6:7:8:9',
    ':',
    ':::',
    '[::1',
    '[]',
    '[::1]x',
    '::1]/path',
    '::ffff:1.2.3.400',
    'example.com',
    `${'1'.repeat(100_000)}.2.3.4`,
    ':'.repeat(100_000),
  ])('takes what is not an address for none (%#)', (address) => {
    expect(keyOf(byClientIp(), { 'x-forwarded-for': address })).toBeUndefined()
  })

  it('goes by what the proxies that are trusted have added, whatever the client made up', () => {
    const headers = { 'x-forwarded-for': '6.6.6.6, 203.0.113.7, 10.1.1.1,10.2.2.2' }
    const at = (trustedHops: number) => keyOf(byClientIp({ trustedHops }), headers)
    expect(at(1)).toBe('10.2.2.0/24')
    expect(at(2)).toBe('10.1.1.0/24')
    expect(at(3)).toBe('203.0.113.0/24')
    expect(at(5)).toBeUndefined()
    expect(keyOf(byClientIp({ trustedHops: 2 }), { 'x-forwarded-for': '1.2.3.4' })).toBeUndefined()
    expect(keyOf(byClientIp({ trustedHops: 2 }), { 'x-forwarded-for': ',1.2.3.4' })).toBeUndefined()
    expect(keyOf(byClientIp(), { 'x-forwarded-for': '1.2.3.4,' })).toBeUndefined()
    expect(keyOf(byClientIp(), {})).toBeUndefined()
  })

  it('takes another header and other prefixes', () => {
    const key = byClientIp({ header: 'CF-Connecting-IP', ipv4Prefix: 32, ipv6Prefix: 56 })
    expect(keyOf(key, { 'cf-connecting-ip': '203.0.113.7' })).toBe('203.0.113.7/32')
    expect(keyOf(key, { 'cf-connecting-ip': '2001:db8:1:2ff::1' })).toBe('2001:db8:1:200:0:0:0:0/56')
    expect(keyOf(byClientIp({ ipv4Prefix: 0 }), { 'x-forwarded-for': '9.9.9.9' })).toBe('0.0.0.0/0')
    expect(keyOf(byClientIp({ ipv4Prefix: 20 }), { 'x-forwarded-for': '10.1.255.9' })).toBe('10.1.240.0/20')
    expect(keyOf(byClientIp({ ipv6Prefix: 128 }), { 'x-forwarded-for': '1::2' })).toBe('1:0:0:0:0:0:0:2/128')
  })

  it('never throws, and has one key for all ways to write an address', () => {
    const soup = fc.string({ unit: fc.constantFrom(...'0123456789abcf:.[]%, xg'), maxLength: 60 })
    fc.assert(
      fc.property(soup, (text) => {
        const key = keyOf(byClientIp(), { 'x-forwarded-for': text })
        expect(key === undefined || /^[0-9a-f.:]+\/(24|64)$/.test(key)).toBe(true)
      }),
      { numRuns: 2_000, seed: 4 },
    )
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const whole = byClientIp({ ipv6Prefix: 128, ipv4Prefix: 32 })
        const again = (text: string) => keyOf(whole, { 'x-forwarded-for': text })
        const key = again(address)
        expect(key).toBeDefined()
        expect(again(key!.split('/')[0]!)).toBe(key)
        expect(again(address.toUpperCase())).toBe(key)
      }),
      { numRuns: 500, seed: 4 },
    )
  })
})

it.each<[string, () => unknown, RegExp]>([
  ['a header with a space', () => byHeader('x tenant'), /`byHeader\.name`: got .*"x tenant"/],
  ['no header', () => byHeader(''), /`byHeader\.name`/],
  ['a cookie with an equals sign', () => byCookie('a=b'), /`byCookie\.name`: got .*"a=b"/],
  ['a query parameter that is no text', () => byQuery(1 as never), /`byQuery\.name`: got .*1/],
  ['a key that is no function', () => firstOf(byCookie('a'), 'b' as never), /`firstOf\[1\]`: got .*"b"/],
  ['no hops', () => byClientIp({ trustedHops: 0 }), /`byClientIp\.trustedHops`: got .*0/],
  [
    'too long a prefix',
    () => byClientIp({ ipv4Prefix: 33 }),
    /`byClientIp\.ipv4Prefix`: got .*33.*at most 32/,
  ],
  ['half a bit', () => byClientIp({ ipv6Prefix: 1.5 }), /`byClientIp\.ipv6Prefix`: got .*1\.5/],
  ['another option', () => byClientIp({ hops: 1 } as object), /`byClientIp\.hops`: there is no such option/],
  ['a header that is none', () => byClientIp({ header: 'a:b' }), /`byClientIp\.header`: got .*"a:b"/],
])('refuses %s', (_what, create, message) => {
  expect(create).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
  )
})
