import { BYTES, streaming } from '../../../fetch/bodies.ts'
import { type Case, group, when } from '../case.ts'
import type { Exchange, Script } from '../raw-server.ts'
import { answer, byPath, inTurn, ok, replies } from '../scripts.ts'

const STATUSES = [301, 302, 303, 307, 308]

const to = (location: string, status = 302, headers: readonly (readonly [string, string])[] = []): Script =>
  replies(answer(`${status} Elsewhere`, [['Location', location], ...headers], 'moved'))

/** From /from to somewhere. */
const redirects = (location: string, status?: number): Script => byPath({ '/from': to(location, status) })

const follows = (name: string, location: string, init?: () => RequestInit, status?: number): Case =>
  when(name, ({ fetch }) => fetch('/from', init?.()), { server: redirects(location, status) })

const headerOf = ({ request }: Exchange, name: string): string =>
  request.headers.find(([key]) => key === name)?.[1] ?? ''

/** The other server's URL is only known when it is there, so the answer says where it is. */
const across = (name: string, init: () => RequestInit, status = 307): Case =>
  when(
    name,
    ({ fetch, otherUrl }) =>
      fetch('/from', { ...init(), headers: { ...(init().headers as object), 'x-to': `${otherUrl}/to` } }),
    {
      server: (exchange) => to(headerOf(exchange, 'x-to'), status)(exchange),
      other: ok,
    },
  )

const SECRETS = {
  Authorization: 'Bearer secret',
  Cookie: 'a=1',
  'Proxy-Authorization': 'Basic x',
  Host: 'own.test',
  'X-Own': '1',
  Origin: 'http://origin.test',
  Referer: 'http://referrer.test/',
}

const METHODS: readonly [string, () => RequestInit][] = [
  ['GET', () => ({})],
  ['HEAD', () => ({ method: 'HEAD' })],
  ['DELETE', () => ({ method: 'DELETE' })],
  ['POST', () => ({ method: 'POST', body: 'text', headers: { 'Content-Language': 'de', 'X-A': '1' } })],
  ['PUT', () => ({ method: 'PUT', body: BYTES, headers: { 'Content-Type': 'image/png' } })],
  ['PATCH', () => ({ method: 'PATCH', body: new URLSearchParams({ a: 'b' }) })],
  ['POST of a form', () => ({ method: 'POST', body: formOf() })],
  ['POST of a Blob', () => ({ method: 'POST', body: new Blob(['x'], { type: 'a/b' }) })],
  ['POST of a stream', () => ({ method: 'POST', ...streaming(new Blob([BYTES]).stream()) })],
  ['POST of nothing', () => ({ method: 'POST' })],
]

function formOf(): FormData {
  const form = new FormData()
  form.append('a', 'b')
  return form
}

const MODES: readonly RequestRedirect[] = ['follow', 'error', 'manual']

/** As often as it says. */
const chain = (length: number): Script =>
  inTurn(...Array.from({ length }, (_, i) => to(`/${i + 1}`, 302)), ok)

export const redirectCases = group('redirect', [
  ...STATUSES.flatMap((status) =>
    METHODS.map(([name, init]) => follows(`${status} of ${name}`, '/to?q=1', init, status)),
  ),
  ...[300, 304, 305, 306, 309, 200, 404].map((status) =>
    follows(`${status}, which is none`, '/to', undefined, status),
  ),
  ...MODES.flatMap((redirect) => [
    follows(`mode ${redirect}`, '/to', () => ({ redirect })),
    follows(`mode ${redirect}, of POST`, '/to', () => ({ redirect, method: 'POST', body: 'text' })),
    when(`mode ${redirect}, and no redirect`, ({ fetch }) => fetch('/x', { redirect })),
    when(`mode ${redirect}, without Location`, ({ fetch }) => fetch('/x', { redirect }), {
      server: replies(answer('302 Found', [], 'where?')),
    }),
    when(`mode ${redirect}, with a Location that is no URL`, ({ fetch }) => fetch('/x', { redirect }), {
      server: to('http://'),
    }),
    when(
      `mode ${redirect}, with cookies`,
      ({ fetch }) => fetch('/from', { redirect, headers: { Cookie: 'own=1' } }),
      {
        server: byPath({
          '/from': to('/to', 302, [
            ['Set-Cookie', 'a=1'],
            ['Set-Cookie', 'b=2'],
          ]),
        }),
      },
    ),
  ]),
  ...(
    [
      ['an absolute path', '/to'],
      ['a relative path', 'to'],
      ['a relative path upwards', '../to/./here'],
      ['a query alone', '?q'],
      ['a fragment alone', '#here'],
      ['a fragment', '/to#here'],
      ['nothing', ''],
      ['a space around it', '  /to  '],
      ['a space in it', '/to here'],
      ['Unicode', '/t\xc3\xa9'],
      ['latin1', '/t\xe9'],
      ['percent signs', '/%zz%41'],
      ['a backslash', '\\to'],
      ['another scheme', 'ftp://example.test/'],
      ['data', 'data:text/plain,hello'],
      ['file', 'file:///etc/passwd'],
      ['javascript', 'javascript:alert(1)'],
      ['about:blank', 'about:blank'],
      ['blob', 'blob:nodedata:x'],
      ['no port that there could be', 'http://127.0.0.1:99999/'],
      ['a blocked port', 'http://127.0.0.1:6000/'],
      ['a closed port', 'http://127.0.0.1:4/'],
    ] as const
  ).map(([name, location]) => follows(`to ${name}`, location)),
  follows('a fragment of the caller is kept', '/to', undefined),
  when('with a fragment of the caller', ({ fetch }) => fetch('/from#own'), { server: redirects('/to') }),
  when('with two Locations', ({ fetch }) => fetch('/from'), {
    server: byPath({ '/from': to('/to', 302, [['Location', '/other']]) }),
  }),
  when('with credentials', ({ fetch }) => fetch('/from'), {
    server: (exchange) =>
      byPath({ '/from': to(`http://user:password@127.0.0.1:${exchange.socket.localPort}/to`) })(exchange),
  }),
  ...(['no-store', 'no-cache', 'default'] as const).map((cache) =>
    follows(`with cache ${cache}`, '/to', () => ({ cache, headers: { 'X-A': '1' } })),
  ),
  follows('with a condition', '/to', () => ({ headers: { 'If-None-Match': '"x"' } })),
  follows('with a range', '/to', () => ({ headers: { Range: 'bytes=0-1' } })),
  follows(
    'with a length of its own',
    '/to',
    () => ({ method: 'POST', body: 'text', headers: { 'Content-Length': '4' } }),
    308,
  ),
  follows('with mode no-cors', '/to', () => ({ mode: 'no-cors' })),
  follows('with mode same-origin', '/to', () => ({ mode: 'same-origin' })),
  follows('with an integrity', '/to', () => ({
    integrity: 'sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=',
  })),
  when(
    'to another origin and back',
    ({ fetch, otherUrl, url }) =>
      fetch('/from', { headers: { ...SECRETS, 'x-to': `${otherUrl}/back`, 'x-back': `${url}/to` } }),
    {
      server: (exchange) => (exchange.number > 0 ? ok : to(headerOf(exchange, 'x-to')))(exchange),
      other: (exchange) => to(headerOf(exchange, 'x-back'))(exchange),
    },
  ),
  when('to itself', ({ fetch }) => fetch('/x'), { server: to('/x') }),
  when('20 times', ({ fetch }) => fetch('/0'), { server: chain(20) }),
  when('21 times', ({ fetch }) => fetch('/0'), { server: chain(21) }),
  when('without Location, of POST', ({ fetch }) => fetch('/x', { method: 'POST', body: 'x' }), {
    server: replies(answer('307 Temporary', [], 'where?')),
  }),
  when('of a Request', ({ fetch, url }) => fetch(new Request(`${url}/from`, { method: 'POST', body: 'x' })), {
    server: redirects('/to', 308),
  }),
  when('a body behind it that does not come is not waited for', ({ fetch }) => fetch('/from'), {
    server: byPath({
      '/from': replies('HTTP/1.1 302 Found\r\nLocation: /to\r\nContent-Length: 99\r\n\r\npart'),
    }),
    after: ({ server }) => server.closes(0),
  }),
  across('to another origin', () => ({ headers: SECRETS })),
  across('to another origin, of POST', () => ({ method: 'POST', body: 'text', headers: SECRETS })),
  across('to another origin, 303 of POST', () => ({ method: 'POST', body: 'text', headers: SECRETS }), 303),
  across('to another origin, in mode manual', () => ({ redirect: 'manual' })),
  across('to another origin, in mode error', () => ({ redirect: 'error' })),
  across('to another origin, without credentials', () => ({ credentials: 'omit', headers: SECRETS })),
  across('to another origin, mode same-origin', () => ({ mode: 'same-origin' })),
  across('to another origin, mode no-cors', () => ({ mode: 'no-cors' })),
  across('to another origin, with a referrer policy', () => ({ referrerPolicy: 'origin' })),
])
