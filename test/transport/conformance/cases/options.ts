import { createHash } from 'node:crypto'
import { type Case, group, when } from '../case.ts'
import { answer, replies } from '../scripts.ts'

const odd = (name: string, init: unknown): Case => when(name, ({ fetch }) => fetch('/x', init as RequestInit))

const hash = (algorithm: string, text = 'hello') =>
  `${algorithm}-${createHash(algorithm).update(text).digest('base64')}`

const INTEGRITY: readonly [string, string][] = [
  ['that is right', hash('sha256')],
  ['by SHA-384', hash('sha384')],
  ['by SHA-512', hash('sha512')],
  ['that is wrong', hash('sha256', 'other')],
  ['of which one is right', `${hash('sha256', 'other')} ${hash('sha256')}`],
  ['of which the stronger is wrong', `${hash('sha512', 'other')} ${hash('sha256')}`],
  ['by MD5', 'md5-XUFAKrxLKna5cZ2REBfFkg=='],
  ['that is none', 'nonsense'],
  ['that is empty', ''],
  ['with options', `${hash('sha256')}?own`],
]

const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  credentials: ['omit', 'same-origin', 'include', 'some'],
  mode: ['cors', 'no-cors', 'same-origin', 'navigate', 'own'],
  cache: ['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached', 'warm'],
  redirect: ['maybe'],
  referrer: ['', 'about:client', 'http://referrer.test/a?b#c', 'http://'],
  referrerPolicy: ['no-referrer', 'unsafe-url', 'own'],
  keepalive: [true, false, 'yes'],
  priority: ['high', 'own'],
  window: [null, {}],
  duplex: ['half', 'full'],
  signal: [null, {}],
  dispatcher: [undefined],
  own: [1],
}

const name = (value: unknown) => (value === undefined ? 'undefined' : JSON.stringify(value))

export const options = group('option', [
  ...INTEGRITY.map(([name, integrity]) =>
    when(`integrity ${name}`, ({ fetch }) => fetch('/x', { integrity })),
  ),
  when(
    'integrity of a large body',
    ({ fetch }) => fetch('/x', { integrity: hash('sha256', 'x'.repeat(300_000)) }),
    {
      server: replies(answer('200 OK', [], 'x'.repeat(300_000))),
    },
  ),
  when('integrity of 404', ({ fetch }) => fetch('/x', { integrity: hash('sha256') }), {
    server: replies(answer('404 Not Found', [], 'hello')),
  }),
  when('integrity of 204', ({ fetch }) => fetch('/x', { integrity: hash('sha256', '') }), {
    server: replies('HTTP/1.1 204 No Content\r\n\r\n'),
  }),
  when('integrity of HEAD', ({ fetch }) => fetch('/x', { method: 'HEAD', integrity: hash('sha256', '') })),
  ...Object.entries(VALUES).flatMap(([option, values]) =>
    values.map((value) => odd(`${option}: ${name(value)}`, { [option]: value })),
  ),
  odd('only-if-cached in mode same-origin', { cache: 'only-if-cached', mode: 'same-origin' }),
  odd('no-store with a header of its own', { cache: 'no-store', headers: { 'Cache-Control': 'own' } }),
  odd('no-cors with headers that are not simple', {
    mode: 'no-cors',
    headers: { 'X-A': '1', Accept: 'a/b' },
  }),
  odd('no-cors with PUT', { mode: 'no-cors', method: 'PUT' }),
  odd('cookies with credentials: omit', { credentials: 'omit', headers: { Cookie: 'a=1' } }),
  odd('an init with what it inherits', Object.create({ method: 'POST', body: 'text' })),
  odd('an init that is a text', 'POST'),
  odd('an init that is a number', 1),
  odd(
    'an init that is a function',
    Object.assign(() => {}, { method: 'PUT' }),
  ),
  odd('an init with a getter that throws', {
    get method(): string {
      throw new RangeError('my own')
    },
  }),
  when('a Request for an init', ({ fetch, url }) =>
    fetch('/x', new Request(`${url}/y`, { method: 'POST', body: 'text', headers: { 'X-A': '1' } })),
  ),
  when('a Request with options', ({ fetch, url }) =>
    fetch(
      new Request(`${url}/x`, {
        cache: 'no-store',
        credentials: 'include',
        redirect: 'manual',
        referrer: 'about:client',
        keepalive: true,
        integrity: hash('sha256'),
      }),
    ),
  ),
])
