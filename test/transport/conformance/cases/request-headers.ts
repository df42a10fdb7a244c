import { type Case, group, when } from '../case.ts'

const sends = (name: string, headers: () => unknown, init: RequestInit = {}): Case =>
  when(name, ({ fetch }) => fetch('/x', { ...init, headers: headers() as HeadersInit }))

/** One header as it is. */
const one = (name: string, value: string): Case => sends(`${name}: ${value}`, () => ({ [name]: value }))

const POST = { method: 'POST', body: 'text' }

export const requestHeaders = group('request header', [
  sends('none', () => undefined),
  sends('null', () => null),
  sends('Headers', () => new Headers({ 'X-B': '2', 'x-a': '1' })),
  sends('an object', () => ({ 'X-B': '2', 'x-a': '1' })),
  sends('pairs', () => [
    ['X-B', '2'],
    ['x-a', '1'],
  ]),
  sends('pairs of one name', () => [
    ['X-A', '1'],
    ['x-b', '2'],
    ['x-a', '3'],
  ]),
  sends('an object with a name in two cases', () => ({ 'X-A': '1', 'x-a': '2' })),
  sends('appended Headers', () => {
    const headers = new Headers({ 'X-A': '1' })
    headers.append('X-a', '2')
    headers.append('Set-Cookie', 'a=1')
    headers.append('Set-Cookie', 'b=2')
    return headers
  }),
  sends('a Map', () => new Map([['x-a', '1']])),
  sends('an iterator', function* () {
    yield ['x-a', '1']
  }),
  sends('an iterator of triples', function* () {
    yield ['x-a', '1', '2']
  }),
  sends('an object with getters', () => ({
    get 'x-a'() {
      return '1'
    },
  })),
  sends('an object with what it inherits', () => Object.create({ 'x-a': '1' })),
  sends('an object with a symbol', () => ({ [Symbol('x')]: '1' })),
  sends('a text', () => 'x-a: 1'),
  sends('a number', () => 1),
  sends('a pair alone', () => ['x-a', '1']),
  sends('__proto__', () => ({ ['__proto__']: '1', constructor: '2' })),
  sends('a number for a value', () => ({ 'x-a': 1 })),
  sends('null for a value', () => ({ 'x-a': null })),
  sends('undefined for a value', () => ({ 'x-a': undefined })),
  sends('an array for a value', () => ({ 'x-a': ['1', '2'] })),
  sends('a symbol for a value', () => ({ 'x-a': Symbol('x') })),
  sends('an empty value', () => ({ 'x-a': '' })),
  sends('white space around a value', () => ({ 'x-a': '\t 1 \r\n' })),
  sends('white space in a value', () => ({ 'x-a': '1 \t 2' })),
  sends('latin1 in a value', () => ({ 'x-a': 'é\u0080ÿ' })),
  sends('Unicode in a value', () => ({ 'x-a': '☕' })),
  sends('a control character in a value', () => ({ 'x-a': 'a\u0001b' })),
  sends('NUL in a value', () => ({ 'x-a': 'a\u0000b' })),
  sends('a line break in a value', () => ({ 'x-a': 'a\r\nx-b: 2' })),
  sends('a line feed in a value', () => ({ 'x-a': 'a\nb' })),
  sends('a carriage return in a value', () => ({ 'x-a': 'a\rb' })),
  sends('an empty name', () => ({ '': '1' })),
  sends('a name with a space', () => ({ 'x a': '1' })),
  sends('a name with a colon', () => ({ 'x:a': '1' })),
  sends('a name with a line break', () => ({ 'x\r\ny': '1' })),
  sends('a name of Unicode', () => ({ ä: '1' })),
  sends('a name of symbols', () => ({ "!#$%&'*+-.^_`|~": '1' })),
  sends('many', () => Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`X-${i}`, `${i}`]))),
  sends('a large one', () => ({ 'x-a': 'a'.repeat(12_000) })),

  one('Host', 'other.test'),
  one('host', ''),
  one('Cookie', 'a=1; b=2'),
  one('Cookie2', '$Version=1'),
  one('Set-Cookie', 'a=1'),
  one('Connection', 'close'),
  one('Connection', 'keep-alive'),
  one('Connection', 'Upgrade'),
  one('Connection', 'x-a'),
  one('Keep-Alive', 'timeout=5'),
  one('Proxy-Connection', 'close'),
  one('Transfer-Encoding', 'chunked'),
  one('Transfer-Encoding', 'gzip'),
  one('TE', 'trailers'),
  one('Trailer', 'x-a'),
  one('Upgrade', 'websocket'),
  one('Via', '1.1 proxy'),
  one('Expect', '100-continue'),
  one('Content-Length', '0'),
  one('Content-Length', '4'),
  one('Content-Length', 'four'),
  one('Accept', 'text/html'),
  one('Accept', ''),
  one('Accept-Language', 'de'),
  one('Accept-Charset', 'utf-8'),
  one('Accept-Encoding', 'identity'),
  one('Accept-Encoding', 'GZIP'),
  one('Accept-Encoding', ''),
  one('User-Agent', 'mine/1.0'),
  one('User-Agent', ''),
  one('Sec-Fetch-Mode', 'navigate'),
  one('Sec-Fetch-Site', 'none'),
  one('Sec-Fetch-Dest', 'image'),
  one('Sec-WebSocket-Key', 'x'),
  one('Sec-Own', '1'),
  one('Proxy-Authorization', 'Basic x'),
  one('Authorization', 'Bearer x'),
  one('Origin', 'http://origin.test'),
  one('Referer', 'http://referrer.test/'),
  one('Date', 'today'),
  one('DNT', '1'),
  one('Range', 'bytes=0-1'),
  one('If-None-Match', '"x"'),
  one('If-Modified-Since', 'Wed, 25 Nov 2026 00:00:00 GMT'),
  one('Cache-Control', 'max-age=0'),
  one('Pragma', 'no-cache'),
  one('Access-Control-Request-Method', 'GET'),
  one('X-HTTP-Method-Override', 'TRACE'),
  one('Content-Type', 'text/plain'),
  one('Content-Encoding', 'gzip'),
  one('HTTP2-Settings', 'x'),
  one(':authority', 'x'),

  ...['Content-Length', 'content-length'].flatMap((name) => [
    sends(`${name} that is right`, () => ({ [name]: '4' }), POST),
    // It never comes back.
    { ...sends(`${name} that is too small`, () => ({ [name]: '3' }), POST), patience: 200 },
    sends(`${name} that is too large`, () => ({ [name]: '5' }), POST),
  ]),
  sends('Content-Length in words', () => ({ 'content-length': 'four' }), POST),
  sends(
    'Content-Length twice',
    () => [
      ['content-length', '4'],
      ['content-length', '4'],
    ],
    POST,
  ),
  sends('Transfer-Encoding of a body', () => ({ 'transfer-encoding': 'chunked' }), POST),
  sends('Expect with a body', () => ({ expect: '100-continue' }), POST),
  sends('an empty Content-Type with a body', () => ({ 'content-type': '' }), POST),
  sends(
    'a Content-Type twice with a body',
    () => [
      ['content-type', 'a/b'],
      ['Content-Type', 'c/d'],
    ],
    POST,
  ),
  sends('Content-Encoding with a body', () => ({ 'content-encoding': 'gzip' }), POST),

  when('those of a Request, by those of init', ({ fetch, url }) =>
    fetch(new Request(`${url}/x`, { headers: { 'x-a': '1', 'x-b': '2' } }), { headers: { 'X-A': '3' } }),
  ),
  when('those of a Request', ({ fetch, url }) =>
    fetch(
      new Request(`${url}/x`, {
        headers: [
          ['X-A', '1'],
          ['x-a', '2'],
          ['Cookie', 'c=1'],
        ],
      }),
    ),
  ),
  when('Headers that change after the call', async ({ fetch }) => {
    const headers = new Headers({ 'x-a': '1' })
    const call = fetch('/x', { headers })
    headers.set('x-a', '2')
    return call
  }),
])
