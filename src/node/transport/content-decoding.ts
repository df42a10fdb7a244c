import { type Duplex, pipeline, Readable, Transform, type TransformCallback } from 'node:stream'
import zlib from 'node:zlib'
import { type Flow, IncomingBody } from './incoming-body.js'

const { constants } = zlib

/** More than anybody needs; each could blow a small answer up a thousand times (CVE-2022-32206). */
const MOST_CODINGS = 5
/** Like browsers and curl: what has come is shown at once, and an end that was cut off is taken for one. */
const LENIENT = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH }

const DECODERS = new Map<string, () => Duplex>([
  ['gzip', () => zlib.createGunzip(LENIENT)],
  ['x-gzip', () => zlib.createGunzip(LENIENT)],
  ['deflate', () => new Inflate()],
  [
    'br',
    () =>
      zlib.createBrotliDecompress({
        flush: constants.BROTLI_OPERATION_FLUSH,
        finishFlush: constants.BROTLI_OPERATION_FLUSH,
      }),
  ],
])
// From Node 22.15 on.
if (typeof zlib.createZstdDecompress === 'function')
  DECODERS.set('zstd', () =>
    zlib.createZstdDecompress({
      flush: constants.ZSTD_e_continue,
      finishFlush: constants.ZSTD_e_end,
      // RFC 9659: no more than 8 MB of window.
      params: { [constants.ZSTD_d_windowLogMax]: 23 },
    }),
  )

/** What a body goes through by its `content-encoding`, in order; of one that is unknown nothing is decoded, as by `fetch`. */
export function decodersFor(encoding: string): readonly Duplex[] {
  const codings = encoding.toLowerCase().split(',').reverse()
  if (codings.length > MOST_CODINGS)
    throw new Error(
      `too many content-encodings in response: ${codings.length}, maximum allowed is ${MOST_CODINGS}`,
    )
  const makers = codings.map((coding) => DECODERS.get(coding.trim()))
  return makers.every((make) => make !== undefined) ? makers.map((make) => make()) : []
}

/** Takes encoded bytes, and makes a body of what they mean. */
export class Decoding {
  readonly body: IncomingBody
  readonly #encoded: Flow
  readonly #source: Readable
  /** All that was encoded has been decoded. */
  #whole = false

  /** @param encoded holds the encoded bytes back */
  constructor(encoded: Flow, decoders: readonly Duplex[]) {
    this.#encoded = encoded
    this.#source = new Readable({ read: () => encoded.resume() })
    const fail = (error: Error) => {
      this.body.fail(new TypeError('terminated', { cause: error }))
      encoded.abort(error)
    }
    const decoded = pipeline([this.#source, ...decoders], (error) => error && fail(error)) as Duplex
    this.body = new IncomingBody({
      pause: () => decoded.pause(),
      resume: () => decoded.resume(),
      revoked: () => encoded.revoked?.(),
      abort(reason) {
        encoded.abort(reason)
        decoded.destroy()
      },
    })
    // A pipeline is over once all is written, when a decoder may still have something to give, or to complain of.
    for (const decoder of decoders) decoder.on('error', fail)
    decoded.on('data', (chunk: Uint8Array) => this.body.push(chunk))
    decoded.on('end', () => this.#end())
  }

  /** @returns false when it has enough for now */
  push(chunk: Uint8Array): boolean {
    if (!this.#whole) return this.#source.push(chunk)
    this.#encoded.abort(new Error('There is more than what was encoded'))
    return true
  }

  end(): void {
    this.#source.push(null)
  }

  /** No more will come. */
  fail(error: unknown): void {
    this.body.fail(error)
    this.#encoded.decoded?.()
    this.#source.destroy()
  }

  #end(): void {
    this.#whole = true
    this.body.end()
    this.#encoded.decoded?.()
    // What comes after the end is not decoded, so nobody asks for it.
    this.#encoded.resume()
  }
}

/** "deflate" is zlib's format, or without its wrapping what some servers take it for: the first byte tells. */
class Inflate extends Transform {
  #inner: zlib.Inflate | zlib.InflateRaw | undefined

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    if (chunk.byteLength === 0) return callback()
    this.#inner ??= this.#open(chunk[0] as number)
    this.#inner.write(chunk, callback)
  }

  override _read(size: number): void {
    this.#inner?.resume()
    super._read(size)
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (this.#inner === undefined) return callback()
    this.#inner.once('end', () => callback())
    this.#inner.end()
  }

  #open(first: number): zlib.Inflate | zlib.InflateRaw {
    const inner = (first & 0x0f) === 0x08 ? zlib.createInflate(LENIENT) : zlib.createInflateRaw(LENIENT)
    // A few bytes may be a thousand times as many: no more of them than somebody takes.
    inner.on('data', (chunk: Uint8Array) => this.push(chunk) || inner.pause())
    // Of what follows its end it takes nothing, and never says so.
    inner.on('end', () => this.push(null))
    inner.on('error', (error) => this.destroy(error))
    return inner
  }
}
