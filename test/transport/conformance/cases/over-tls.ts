import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { brotliCompressSync, zstdCompressSync } from 'node:zlib'
import { streaming } from '../../../fetch/bodies.ts'
import { trustedCertificate } from '../../../support/servers/certificate.ts'
import { type Case, group, when } from '../case.ts'
import { answer, byPath, inTurn, ok, replies } from '../scripts.ts'

// Of the whole process, since `fetch` cannot be told for itself.
setDefaultCACertificates([...getCACertificates('default'), trustedCertificate.cert])

const over = (name: string, call: Case['call'], more: Partial<Case> = {}): Case =>
  when(name, call, { tls: trustedCertificate, ...more })

const encoded = (coding: string, body: Uint8Array) =>
  replies(answer('200 OK', [['Content-Encoding', coding]], body))

const SECRETS = { Authorization: 'Bearer secret', Cookie: 'a=1', 'X-Own': '1' }

export const overTls = group('TLS', [
  over('GET', ({ fetch }) => fetch('/x?q')),
  over('HEAD', ({ fetch }) => fetch('/x', { method: 'HEAD' })),
  over('POST', ({ fetch }) => fetch('/x', { method: 'POST', body: 'text' })),
  over('a stream', ({ fetch }) => fetch('/x', { method: 'POST', ...streaming(new Blob(['text']).stream()) })),
  over('encodings of its own', ({ fetch }) => fetch('/x', { headers: { 'Accept-Encoding': 'gzip' } })),
  over('br', ({ fetch }) => fetch('/x'), { server: encoded('br', brotliCompressSync('text')) }),
  over('zstd', ({ fetch }) => fetch('/x'), {
    server: encoded('zstd', zstdCompressSync(Buffer.from('text'))),
  }),
  over('a redirect', ({ fetch }) => fetch('/from', { headers: SECRETS }), {
    server: byPath({ '/from': replies(answer('302 Found', [['Location', '/to']])) }),
  }),
  over(
    'a redirect to what is not secure',
    ({ fetch, otherUrl }) => fetch('/from', { headers: { ...SECRETS, 'x-to': otherUrl } }),
    {
      server: (exchange) => {
        const target = exchange.request.headers.find(([name]) => name === 'x-to')?.[1] ?? ''
        return replies(answer('307 Temporary', [['Location', `${target}/to`]]))(exchange)
      },
      other: ok,
    },
  ),
  over(
    'one after the other',
    async ({ fetch }) => [await (await fetch('/a')).text(), await (await fetch('/b')).text()],
    { server: inTurn(replies(answer('200 OK', [], 'first')), replies(answer('200 OK', [], 'second'))) },
  ),
])
