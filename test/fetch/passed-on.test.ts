import { expect, test } from 'vitest'
import { balanced, inTurn } from './balanced.ts'
import { recordingTransport } from './recording-fetch.ts'

/** Every option of the standard that is not the default, and some that only a runtime knows. */
const OPTIONS = {
  cache: 'no-store',
  credentials: 'include',
  integrity: 'sha256-abc',
  keepalive: true,
  mode: 'cors',
  priority: 'high',
  redirect: 'manual',
  referrer: 'http://a.test/from',
  referrerPolicy: 'origin',
  dispatcher: { dispatch: () => true },
  cf: { cacheTtl: 5 },
  tls: { rejectUnauthorized: false },
  window: null,
} as const

test.each(Object.entries(OPTIONS))('init.%s reaches the fetch below as it is', async (name, value) => {
  const { sent, transport } = recordingTransport()
  await using users = balanced({ endpoints: ['http://a.test'], transport })
  await users.fetch('/x', { [name]: value } as RequestInit)
  expect(sent[0]?.init[name]).toBe(value)
})

test('nothing else is passed on: neither what was left out nor the options of the balancer', async () => {
  const { sent, transport } = recordingTransport()
  await using users = balanced({ endpoints: ['http://a.test'], transport })
  await users.fetch('/x', { balancer: { idempotent: false } })
  expect(Object.keys(sent[0]?.init ?? {})).toEqual(['signal'])
})

test.each([
  ['cache', 'no-store'],
  ['credentials', 'include'],
  ['integrity', 'sha256-abc'],
  ['keepalive', true],
  ['mode', 'same-origin'],
  ['redirect', 'error'],
  ['referrerPolicy', 'origin'],
])('the %s of a Request is passed on, and init goes before it', async (name, value) => {
  const { sent, transport } = recordingTransport()
  await using users = balanced({ endpoints: ['http://a.test'], transport })
  const request = new Request('http://users/x', { [name]: value })
  await users.fetch(request)
  await users.fetch(request, { [name]: OPTIONS[name as keyof typeof OPTIONS] } as RequestInit)
  await users.fetch(request, { [name]: undefined } as RequestInit)
  expect(sent.map(({ init }) => init[name])).toEqual([value, OPTIONS[name as keyof typeof OPTIONS], value])
})

test('options that init only inherits, or computes, count as with fetch', async () => {
  const { sent, transport } = recordingTransport()
  await using users = balanced({ endpoints: ['http://a.test'], transport })
  class Defaults {
    get method() {
      return 'PUT'
    }
    get redirect() {
      return 'error'
    }
  }
  await users.fetch('/x', Object.assign(new Defaults(), { keepalive: true }) as RequestInit)
  expect(sent[0]?.init).toMatchObject({ method: 'PUT', redirect: 'error', keepalive: true })
})

test('a Request may stand for init', async () => {
  const { sent, transport } = recordingTransport()
  await using users = balanced({ endpoints: ['http://a.test'], transport })
  const init = new Request('http://ignored/', { method: 'PUT', body: 'text', headers: { 'x-a': '1' } })
  await users.fetch('/x', init)
  const { url, init: given } = sent[0]!
  expect({ url, method: given.method, headers: new Headers(given.headers).get('x-a') }).toEqual({
    url: 'http://a.test/x',
    method: 'PUT',
    headers: '1',
  })
  expect(await new Response(given.body as BodyInit).text()).toBe('text')
})

test('the fetch below gets a string and an init of its own for each attempt', async () => {
  const { sent, transport } = recordingTransport(() => new Response(null, { status: 503 }))
  await using users = balanced({ endpoints: inTurn('http://a.test', 'http://b.test'), transport })
  const init: RequestInit = Object.freeze({ method: 'PUT', headers: Object.freeze({ 'x-a': '1' }) })
  await users.fetch('/x', init)
  expect(sent.map(({ url }) => url).slice(0, 2)).toEqual(['http://a.test/x', 'http://b.test/x'])
  expect(new Set(sent.map(({ init }) => init)).size).toBe(sent.length)
  expect(new Set(sent.map(({ init }) => init.signal)).size).toBe(sent.length)
})
