/** Enough to be more than one of most chunks, and bytes of every value. */
export const BYTES = Uint8Array.from({ length: 1_000 }, (_, i) => (i * 31) % 256)

/** A view of them in the middle of a larger buffer. */
function within<T>(view: (buffer: ArrayBuffer, offset: number, length: number) => T): T {
  const buffer = new ArrayBuffer(BYTES.length + 16)
  new Uint8Array(buffer).set(BYTES, 8)
  return view(buffer, 8, BYTES.length)
}

function form(): FormData {
  const data = new FormData()
  data.append('name', 'Zoë "the" \r\n cat')
  data.append('name', 'twice')
  data.append('file', new File([BYTES], 'photo "1".jpg', { type: 'image/jpeg' }))
  data.append('untyped', new Blob(['x']))
  return data
}

/** Bodies that are values, made anew each time, and the content type that fetch gives them. */
export const BODIES: [string, () => BodyInit, RegExp][] = [
  ['a string', () => 'naïve ☕', /^text\/plain;charset=UTF-8$/],
  ['a lone surrogate', () => 'a\ud800b', /^text\/plain;charset=UTF-8$/],
  [
    'URLSearchParams',
    () => new URLSearchParams({ q: 'a b&c=é' }),
    /^application\/x-www-form-urlencoded;charset=UTF-8$/,
  ],
  ['a form with files', form, /^multipart\/form-data; boundary=/],
  ['a Blob with a type', () => new Blob([BYTES], { type: 'image/PNG' }), /^image\/png$/],
  ['a File', () => new File([BYTES], 'a.txt', { type: 'text/plain' }), /^text\/plain$/],
]

/** Bodies that are bytes and nothing more. */
export const BUFFERS: [string, () => BodyInit][] = [
  ['an ArrayBuffer', () => BYTES.slice().buffer],
  ['a Uint8Array', () => within((...part) => new Uint8Array(...part))],
  ['a Uint16Array', () => within((buffer, offset, length) => new Uint16Array(buffer, offset, length / 2))],
  ['a Float64Array', () => within((buffer, offset, length) => new Float64Array(buffer, offset, length / 8))],
  ['a DataView', () => within((...part) => new DataView(...part))],
  ['a Buffer', () => within((...part) => Buffer.from(...part))],
]

/** `duplex` is missing in TypeScript's types for browsers, and so are async iterables. */
export function streaming(body: unknown): RequestInit {
  return { body: body as BodyInit, duplex: 'half' } as RequestInit
}
