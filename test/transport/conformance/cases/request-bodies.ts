import { createHash } from 'node:crypto'
import { BODIES, BUFFERS, BYTES } from '../../../fetch/bodies.ts'
import { type Case, group, type World } from '../case.ts'
import { formOf, post, stream } from './sending-bodies.ts'

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(8)
  structuredClone(buffer, { transfer: [buffer] })
  return buffer
}

const LARGE = 1024 * 1024

/** Whole, whatever its size: its hash is what the server saw. */
const hashOf = ({ server }: World) =>
  Promise.resolve(
    server.requests.map(({ request }) => createHash('sha256').update(request.body).digest('hex')),
  )

export const requestBodies = group('request body', [
  ...BODIES.map(([name, body]) => post(name, body)),
  ...BODIES.map(([name, body]) =>
    post(`${name}, with a type of the caller's`, body, { headers: { 'content-type': 'application/x-own' } }),
  ),
  ...BUFFERS.map(([name, body]) => post(name, body)),
  post('an empty string', () => ''),
  post('no bytes', () => new Uint8Array()),
  post('an empty ArrayBuffer', () => new ArrayBuffer(0)),
  post('an empty Blob', () => new Blob()),
  post('a Blob without a type', () => new Blob([BYTES])),
  post('a Blob with an odd type', () => new Blob([BYTES], { type: 'Text/HTML; charset="ä"' })),
  post('a File without a type', () => new File([BYTES], 'a')),
  post('empty URLSearchParams', () => new URLSearchParams()),
  post('an empty form', () => new FormData()),
  post('a form with odd names', () =>
    formOf(['', ''], ['a"b', 'c"d'], ['a\r\nb', 'c\nd'], ['ä☕', 'ö'], ['name;x=y', ' '], ['%22', '%0D']),
  ),
  post('a form with odd files', () =>
    formOf(
      ['f', new Blob(['x'])],
      ['f', new Blob(['x'], { type: 'text/plain' }), 'ä "b"\r\n.txt'],
      ['g', new File([], 'empty')],
      ['h', new File([BYTES], '../../etc/passwd', { type: 'A/B' })],
    ),
  ),
  post('a string with all of Unicode', () => 'a\u0000\u007f\u0080ÿ☕\u{1f600}\ud800'),
  post('a SharedArrayBuffer', () => new SharedArrayBuffer(4)),
  post('a detached ArrayBuffer', detached),
  post('a number', () => 42),
  post('false', () => false),
  post('an object', () => ({})),
  post('an array', () => ['a', 'b']),
  post('a symbol', () => Symbol('body')),
  post('null', () => null),
  post('undefined', () => undefined),
  post('a Response', () => new Response('text')),
  post('a promise', () => Promise.resolve('text')),

  ...(
    [
      ['string', () => 'ä'.repeat(LARGE / 2)],
      ['array', () => new Uint8Array(LARGE).fill(7)],
      ['Blob', () => new Blob([new Uint8Array(LARGE).fill(7)])],
      ['form', () => formOf(['f', new Blob([new Uint8Array(LARGE).fill(7)])])],
      ['stream', () => new Blob([new Uint8Array(LARGE).fill(7)]).stream()],
    ] as const
  ).map(
    ([name, body]): Case => ({
      ...stream(`a large ${name}`, body),
      ...(name !== 'form' && { after: hashOf }),
    }),
  ),
])
