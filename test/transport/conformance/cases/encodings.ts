import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { type Case, group, when } from '../case.ts'
import { describeResponse } from '../describe-response.ts'
import { answer, type Bytes, inTurn, replies, repliesAndEnds, repliesSlowly } from '../scripts.ts'

const TEXT = 'what was compressed, and compressed, and compressed'
const BIG = `${TEXT} `.repeat(5_000)

function encoded(coding: string, body: Bytes, status = '200 OK'): Buffer {
  return answer(status, [['Content-Encoding', coding]], body)
}

const is = (name: string, coding: string, body: Bytes): Case =>
  when(name, ({ fetch }) => fetch('/x'), { server: replies(encoded(coding, body)) })

const CODINGS = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  GZip: gzipSync,
  deflate: deflateSync,
  'deflate, raw': deflateRawSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
} as const

export const encodings = group('encoding', [
  ...Object.entries(CODINGS).flatMap(([name, compress]) => {
    const coding = name.split(',')[0] ?? ''
    const whole = compress(Buffer.from(TEXT))
    return [
      is(name, coding, whole),
      is(`${name}, of nothing`, coding, compress(Buffer.alloc(0))),
      is(`${name}, large`, coding, compress(Buffer.from(BIG))),
      is(`${name}, an empty body`, coding, ''),
      is(`${name}, not compressed at all`, coding, TEXT),
      is(`${name}, cut short`, coding, whole.subarray(0, -6)),
      is(`${name}, with more behind it`, coding, Buffer.concat([whole, Buffer.from('more')])),
      when(`${name}, in parts`, ({ fetch }) => fetch('/x'), {
        server: repliesSlowly(
          encoded(coding, whole).subarray(0, -9),
          whole.subarray(-9, -4),
          whole.subarray(-4),
        ),
      }),
      when(`${name}, until the connection ends`, ({ fetch }) => fetch('/x'), {
        server: repliesAndEnds(`HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\n\r\n`, whole),
      }),
    ]
  }),
  is('gzip, two members', 'gzip', Buffer.concat([gzipSync('one'), gzipSync('two')])),
  is('two codings', 'deflate, gzip', gzipSync(deflateSync(TEXT))),
  is('two codings in the wrong order', 'gzip, deflate', gzipSync(deflateSync(TEXT))),
  is('the same coding twice', 'gzip, gzip', gzipSync(gzipSync(TEXT))),
  is('three codings', 'br, deflate,gzip', gzipSync(deflateSync(brotliCompressSync(TEXT)))),
  is('six codings', Array(6).fill('gzip').join(', '), gzipSync(TEXT)),
  is('a known and an unknown coding', 'own, gzip', gzipSync(TEXT)),
  is('an unknown coding', 'own', TEXT),
  is('identity', 'identity', TEXT),
  is('identity and gzip', 'identity, gzip', gzipSync(TEXT)),
  is('compress', 'compress', TEXT),
  is('an empty coding', '', TEXT),
  is('only commas', ',,', TEXT),
  when('two lines of codings', ({ fetch }) => fetch('/x'), {
    server: replies(
      answer(
        '200 OK',
        [
          ['Content-Encoding', 'deflate'],
          ['content-encoding', 'gzip'],
        ],
        gzipSync(deflateSync(TEXT)),
      ),
    ),
  }),
  ...['204 No Content', '304 Not Modified', '205 Reset Content'].map((status) =>
    when(status, ({ fetch }) => fetch('/x'), {
      server: replies(`HTTP/1.1 ${status}\r\nContent-Encoding: gzip\r\n\r\n`),
    }),
  ),
  when('HEAD', ({ fetch }) => fetch('/x', { method: 'HEAD' }), {
    server: replies('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n\r\n'),
  }),
  when('404', ({ fetch }) => fetch('/x'), {
    server: replies(encoded('gzip', gzipSync(TEXT), '404 Not Found')),
  }),
  when('a redirect', ({ fetch }) => fetch('/x'), {
    server: inTurn(
      replies(
        answer(
          '302 Found',
          [
            ['Location', '/y'],
            ['Content-Encoding', 'gzip'],
          ],
          gzipSync(TEXT),
        ),
      ),
      replies(encoded('gzip', gzipSync(TEXT))),
    ),
  }),
  when('a redirect that is not followed', ({ fetch }) => fetch('/x', { redirect: 'manual' }), {
    server: replies(
      answer(
        '302 Found',
        [
          ['Location', '/y'],
          ['Content-Encoding', 'gzip'],
        ],
        gzipSync(TEXT),
      ),
    ),
  }),
  when(
    'a coding that was not asked for',
    ({ fetch }) => fetch('/x', { headers: { 'accept-encoding': 'identity' } }),
    {
      server: replies(encoded('gzip', gzipSync(TEXT))),
    },
  ),
  when(
    'a broken one, and another request',
    async ({ fetch }) => [
      await describeResponse(await fetch('/x')),
      await describeResponse(await fetch('/x')),
    ],
    { server: inTurn(replies(encoded('gzip', TEXT)), replies(answer('200 OK', [], 'second'))) },
  ),
])
