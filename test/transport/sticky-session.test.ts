import { type StickySessionOptions, stickySession } from 'evenkeel'
import { describe, expect, it } from 'vitest'

const UUID = /^[0-9a-f-]{36}$/

describe('stickySession', () => {
  it('makes a key for a client that has none, and the cookie that brings it back', () => {
    const session = stickySession({ cookie: 'lb' })
    const { hashKey, setCookie } = session(new Headers())
    expect(hashKey).toMatch(UUID)
    expect(setCookie).toBe(`lb=${hashKey}; Path=/; HttpOnly; Secure; SameSite=Lax`)
    const cookie = setCookie!.split(';')[0]!
    expect(session(new Headers({ cookie }))).toEqual({ hashKey, setCookie: undefined })
    expect(session({ cookie: `a=b; ${cookie}` })).toEqual({ hashKey, setCookie: undefined })
  })

  it('makes another one for every client', () => {
    const session = stickySession()
    expect(new Set(Array.from({ length: 100 }, () => session({}).hashKey)).size).toBe(100)
  })

  it.each(['', 'admin', '../../etc/passwd', 'x'.repeat(10_000), '7F0C2F0E', '%00'])(
    'does not take a value that it did not make (%#)',
    (forged) => {
      const { hashKey, setCookie } = stickySession({ cookie: 'lb' })({ cookie: `lb=${forged}` })
      expect(hashKey).toMatch(UUID)
      expect(setCookie).toContain(hashKey)
    },
  )

  it('takes all that a cookie can be told', () => {
    const options: StickySessionOptions = {
      cookie: 'lb',
      ttl: 90_500,
      path: '/shop',
      secure: false,
      sameSite: 'strict',
      httpOnly: false,
    }
    expect(stickySession(options)({}).setCookie).toMatch(
      /^lb=[0-9a-f-]{36}; Max-Age=91; Path=\/shop; SameSite=Strict$/,
    )
    expect(stickySession({ sameSite: 'none' })({}).setCookie).toMatch(/Secure; SameSite=None$/)
  })

  it.each<[string, object, RegExp]>([
    ['a name that is none', { cookie: 'a;b' }, /`stickySession\.cookie`: got .*"a;b"/],
    ['no time', { ttl: 0 }, /`stickySession\.ttl`: got .*0/],
    ['a path with more in it', { path: '/; Domain=evil.test' }, /`stickySession\.path`/],
    ['a path without a slash', { path: 'shop' }, /`stickySession\.path`: got .*"shop"/],
    ['a word it does not know', { sameSite: 'Lax' }, /`stickySession\.sameSite`: got .*"Lax"/],
    ['what browsers refuse', { sameSite: 'none', secure: false }, /`stickySession\.sameSite`: got .*"none"/],
    ['a yes', { secure: 'yes' }, /`stickySession\.secure`: got .*"yes"/],
    ['another option', { domain: 'a.test' }, /`stickySession\.domain`: there is no such option/],
  ])('refuses %s', (_what, options, message) => {
    expect(() => stickySession(options)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
    )
  })
})
