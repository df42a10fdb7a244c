import { createServer } from 'node:http'
import { createBalancer } from 'evenkeel'
import { type HttpSourceOptions, http } from 'evenkeel/discovery'
import { virtualClock } from 'evenkeel/testing'
import { describe, expect, it } from 'vitest'
import { eventually } from '../integration/eventually.ts'
import { LocalServer } from '../support/servers/local-server.ts'
import { watched } from './watched.ts'

type Answer = (url: string, headers: Headers, init: RequestInit) => Response | Promise<Response>

/** A source in virtual time that is answered by a function; one look every second. */
function asked(answer: Answer, options: Partial<HttpSourceOptions> = {}) {
  const asks: { readonly url: string; readonly headers: Headers; readonly at: number }[] = []
  const clock = virtualClock(0)
  const fetch = async (url: string, init: RequestInit) => {
    const headers = new Headers(init.headers)
    asks.push({ url, headers, at: clock.now() })
    return answer(url, headers, init)
  }
  const source = http({ url: 'https://registry.test/users?token=hidden', interval: 1_000, fetch, ...options })
  return { ...watched(source, clock), asks, source }
}

const LIST = ['http://10.0.0.1', { url: 'http://10.0.0.2', weight: 3 }]
const json = (value: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(value), { headers })

describe('http', () => {
  it('takes a list of endpoints, and one that is part of an object', async () => {
    for (const body of [LIST, { endpoints: LIST, region: 'eu' }]) {
      const it = asked(() => json(body))
      await it.clock.advance(0)
      expect(it.lists).toEqual([LIST])
      expect(it.asks[0]?.headers.get('accept')).toBe('application/json')
    }
  })

  it('asks with the ETag, and takes a 304 for a list that is as it was', async () => {
    let etag = '"1"'
    const it = asked((_, headers) =>
      headers.get('if-none-match') === etag ? new Response(null, { status: 304 }) : json(LIST, { etag }),
    )
    await it.clock.advance(2_500)
    expect(it.asks.map(({ headers }) => headers.get('if-none-match'))).toEqual([null, '"1"', '"1"'])
    expect(it.lists).toEqual([LIST, LIST, LIST])
    etag = '"2"'
    await it.clock.advance(1_000)
    expect(it.asks.at(-1)?.headers.get('if-none-match')).toBe('"1"')
    expect(it.errors).toEqual([])
  })

  it('does not keep the ETag of what was no list', async () => {
    let body: unknown = LIST
    const it = asked(() => json(body, { etag: JSON.stringify(body === LIST ? 'good' : 'bad') }))
    await it.clock.advance(0)
    body = { error: 'no leader' }
    await it.clock.advance(5_000)
    expect(new Set(it.asks.map(({ headers }) => headers.get('if-none-match')))).toEqual(
      new Set([null, '"good"']),
    )
    expect(it.errors[0]).toBe(
      'http https://registry.test/users: it is an object with error, and no list of endpoints',
    )
  })

  it('takes a 304 that it did not ask for as a failure', async () => {
    const it = asked(() => new Response(null, { status: 304 }))
    await it.clock.advance(0)
    expect(it.errors).toEqual(['http https://registry.test/users: it answered with status 304'])
  })

  it.each([
    ['max-age=10', {}, 10_000],
    ['public, MAX-AGE="10"', {}, 10_000],
    ['max-age=10', { age: '4' }, 6_000],
    ['max-age=1', {}, 2_000],
    ['max-age=86400', {}, 60_000],
    ['s-maxage=10', {}, 30_000],
    ['no-cache', {}, 30_000],
    ['no-store, max-age=0', {}, 30_000],
  ])('looks again after %s %o: in %d ms', async (cacheControl, more, pause) => {
    const clock = virtualClock(0)
    const looks: number[] = []
    const source = http({
      url: 'http://registry.test',
      minInterval: 2_000,
      fetch: async () => {
        looks.push(clock.now())
        return json(LIST, { 'cache-control': cacheControl, ...more })
      },
    })
    source.watch({ update() {}, fail() {}, warn() {} }, { clock, random: () => 0 })
    await clock.advance(pause - 1)
    expect(looks).toEqual([0])
    await clock.advance(1)
    expect(looks).toEqual([0, pause])
  })

  it('asks a function for headers each time, and waits for it', async () => {
    let token = 0
    const it = asked(() => json(LIST), { headers: async () => ({ authorization: `Bearer ${++token}` }) })
    await it.clock.advance(2_500)
    expect(it.asks.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer 1',
      'Bearer 2',
      'Bearer 3',
    ])
  })

  it('leaves what it accepts to whoever says so, and sends nothing once it is closed', async () => {
    const it = asked(() => json(LIST), { headers: { Accept: 'application/vnd.registry+json' } })
    await it.clock.advance(0)
    expect(it.asks[0]?.headers.get('accept')).toBe('application/vnd.registry+json')
    let give = (_: Record<string, string>) => {}
    const late = asked(() => json(LIST), {
      headers: () =>
        new Promise((resolve) => {
          give = resolve
        }),
    })
    await late.watch.close()
    give({})
    await late.clock.advance(10)
    expect([late.asks, late.lists]).toEqual([[], []])
  })

  it('takes a function for headers that fails, or never answers, for a failure', async () => {
    const failing = asked(() => json(LIST), { headers: () => Promise.reject(new Error('no token')) })
    await failing.clock.advance(0)
    expect(failing.errors).toEqual(['http https://registry.test/users: no token'])
    const silent = asked(() => json(LIST), { headers: () => new Promise(() => {}), timeout: 3_000 })
    await silent.clock.advance(3_000)
    expect(silent.errors).toEqual(['http https://registry.test/users: no whole answer came within 3000 ms'])
  })

  it('gives up, by itself, a fetch that does not listen to its signal, and a body that drips', async () => {
    const deaf = asked(() => new Promise(() => {}), { timeout: 3_000 })
    await deaf.clock.advance(3_000)
    expect(deaf.errors).toHaveLength(1)
    let cancelled = 0
    const dripping = asked(
      () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              dripping.clock.setTimer(() => {
                if (cancelled === 0) controller.enqueue(new Uint8Array(1))
              }, 500)
            },
            cancel: () => void cancelled++,
          }),
        ),
      { timeout: 3_000 },
    )
    await dripping.clock.advance(3_000)
    expect(dripping.errors).toEqual(['http https://registry.test/users: no whole answer came within 3000 ms'])
    expect(cancelled).toBe(1)
  })

  it('reads no more than it wants to', async () => {
    let sent = 0
    let cancelled = 0
    const it = asked(
      () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              sent++
              controller.enqueue(new Uint8Array(1_000).fill(32))
            },
            cancel: () => void cancelled++,
          }),
        ),
      { maxBytes: 10_000 },
    )
    await it.clock.advance(0)
    expect(it.errors).toEqual(['http https://registry.test/users: it is longer than 10000 bytes'])
    expect(sent).toBeLessThan(15)
    expect(cancelled).toBe(1)
  })

  it('says nothing any more once it is closed, whatever comes', async () => {
    let answer = (_: Response) => {}
    const it = asked(() => new Promise((resolve) => (answer = resolve)))
    await it.clock.advance(0)
    await it.watch.close()
    answer(json(LIST))
    await it.clock.advance(100_000)
    expect([it.lists, it.errors, it.asks.length, it.clock.pending]).toEqual([[], [], 1, 0])
  })

  it('never tells a secret', async () => {
    const it = asked((_, __) => new Response('secret-body-of-the-registry', { status: 403 }), {
      headers: { authorization: 'Bearer hidden' },
    })
    await it.clock.advance(0)
    const page = asked(() => new Response('<html><body>hidden</body></html>'))
    await page.clock.advance(0)
    const text = JSON.stringify([it.source.name, it.errors, page.errors])
    expect(text).not.toMatch(/hidden|secret/)
    expect(page.errors).toEqual([
      'http https://registry.test/users: it is no JSON, but 32 characters that begin with "<"',
    ])
  })
})

describe('a list that is read anew', () => {
  it('is no change if it says the same, however deep, in other objects', async () => {
    const clock = virtualClock()
    let metadata: unknown = { tags: ['a', { b: [1] }], v: 1 }
    const fetch = async () => json([{ url: 'http://a.test', metadata }])
    const balancer = createBalancer({
      discovery: http({ url: 'http://r.test', interval: 1_000, fetch }),
      clock,
    })
    let updates = 0
    balancer.on('endpointupdated', () => void updates++)
    await Promise.all([balancer.ready(), clock.advance(5_000)])
    expect(updates).toBe(0)
    for (const changed of [
      { tags: ['a', { b: [2] }], v: 1 },
      { tags: ['a', { b: [2] }] },
      { tags: { 0: 'a' } },
    ]) {
      metadata = changed
      await clock.advance(1_000)
      expect(balancer.endpoints()[0]?.metadata).toEqual(changed)
    }
    expect(updates).toBe(3)
    await balancer.close()
  })
})

describe('a redirect', () => {
  const token = { 'x-token': 'hidden' }
  const to = (location: string, status = 302) => new Response(null, { status, headers: { location } })

  it('is followed, with the headers as long as it stays at its origin', async () => {
    const it = asked((url) => (url.endsWith('/there') ? json(LIST) : to('/there', 308)), { headers: token })
    await it.clock.advance(0)
    expect(it.lists).toEqual([LIST])
    expect(it.asks.map(({ url, headers }) => [url, headers.get('x-token')])).toEqual([
      ['https://registry.test/users?token=hidden', 'hidden'],
      ['https://registry.test/there', 'hidden'],
    ])
  })

  it('carries no headers elsewhere, nor back again', async () => {
    const way = ['https://evil.test/', 'https://registry.test/admin', undefined]
    const it = asked(
      (_url, headers) => {
        const next = way.shift()
        return next === undefined ? json([headers.get('x-token') ?? 'http://none']) : to(next)
      },
      { headers: token },
    )
    await it.clock.advance(0)
    expect(it.asks.map(({ headers }) => headers.get('x-token'))).toEqual(['hidden', null, null])
    expect(it.lists).toEqual([['http://none']])
  })

  it.each([
    ['http://registry.test/users', /away from https/],
    ['file:///etc/passwd', /redirected to file:/],
    ['data:application/json,[]', /redirected to data:/],
    ['https://me:pass@elsewhere.test/?q=hidden', /to elsewhere\.test with credentials/],
    ['http://', /redirected to nowhere/],
  ])('to %s is not followed', async (location, message) => {
    const it = asked(() => to(location))
    await it.clock.advance(0)
    expect(it.errors[0]).toMatch(message)
    expect(it.errors[0]).not.toMatch(/pass@|hidden/)
    expect(it.asks).toHaveLength(1)
  })

  it('without a location, without an end, or without our being told where, is a failure', async () => {
    const nowhere = asked(() => new Response(null, { status: 301 }))
    const circle = asked(() => to('/users'))
    const opaque = asked(() => Object.defineProperty(new Response(), 'type', { value: 'opaqueredirect' }))
    for (const { clock } of [nowhere, circle, opaque]) await clock.advance(0)
    expect(nowhere.errors[0]).toMatch(/redirected to nowhere/)
    expect(circle.errors[0]).toMatch(/redirected more than 5 times/)
    expect(circle.asks).toHaveLength(6)
    expect(opaque.errors[0]).toMatch(/give the URL where it leads/)
  })
})

describe('the options of http', () => {
  const url = 'http://registry.test'
  it.each<[string, unknown, RegExp]>([
    ['none', undefined, /`http`: got undefined/],
    ['no url', {}, /`http\.url`: got undefined/],
    ['a path', { url: '/users' }, /`http\.url`: got "\/users"; allowed is an absolute URL/],
    ['another scheme', { url: 'file:///etc/passwd' }, /`http\.url`/],
    ['credentials', { url: 'http://me:secret@x' }, /`http\.url`: got "a URL with credentials"/],
    ['what may be some', { url: 'me:secret@x' }, /`http\.url`: got "a text with an @"/],
    ['headers', { url, headers: { 'no name': 'x' } }, /`http\.headers`/],
    ['events', { url, events: 'yes' }, /`http\.events`/],
    ['an interval', { url, interval: 0 }, /`http\.interval`: got 0/],
    [
      'bounds',
      { url, minInterval: 50_000 },
      /`http\.minInterval`: got 50000; allowed is at most `interval`, 30000/,
    ],
    ['other bounds', { url, maxInterval: 1_000 }, /`http\.maxInterval`: got 1000; allowed is at least/],
    ['a timeout', { url, timeout: Number.NaN }, /`http\.timeout`/],
    ['bytes', { url, maxBytes: 0 }, /`http\.maxBytes`/],
    ['fetch', { url, fetch: 'fetch' }, /`http\.fetch`/],
    ['format', { url, format: 'xml' }, /`http\.format`: got "xml"; allowed is 'endpoints' or 'prometheus'/],
    ['scheme', { url, scheme: '' }, /`http\.scheme`/],
    ['labels', { url, labels: { weigth: 'x' } }, /`http\.labels\.weigth`/],
    ['a label', { url, labels: { weight: 3 } }, /`http\.labels\.weight`/],
    ['another one', { url, path: '/x' }, /`http\.path`: there is no such option/],
  ])('are checked: %s', (_, options, message) => {
    expect(() => http(options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
    )
    expect(() => http(options as never)).not.toThrow(/secret/)
  })
})

describe('http over sockets', () => {
  it('keeps a balancer supplied, and leaves no request behind', async () => {
    const open = new Set<unknown>()
    const server = createServer((request, response) => {
      open.add(response)
      response.on('close', () => open.delete(response))
      // Compressed as servers do, and much larger when it is not.
      if (request.url === '/users') response.end(JSON.stringify(LIST))
    })
    await using local = await new LocalServer(server).listen()
    const balancer = createBalancer({ discovery: http({ url: `${local.url}/users` }) })
    await balancer.ready()
    expect(balancer.snapshot().discovery).toMatchObject({ source: `http ${local.url}/users`, stale: false })
    await balancer.close()
    const waiting = createBalancer({ discovery: http({ url: `${local.url}/silent` }) })
    const ready = waiting.ready().catch((error: unknown) => error)
    await eventually(() => open.size).toBe(1)
    await waiting.close()
    expect(await ready).toMatchObject({ code: 'ERR_CLOSED' })
    await eventually(() => open.size).toBe(0)
  })
})
