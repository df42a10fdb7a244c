import type { EventEmitter } from 'node:events'
import { errors } from 'undici'
import { type Chunks, chunksOf } from '../transport/body-chunks.js'

/**
 * So much of a body is read before it is sent, where its length is known, so that it can be sent again: 1 MiB, as gRPC for Java
 * keeps of a call. What `fetch` is given as a text comes here as an iterator, which could not.
 */
const MOST_AHEAD = 1024 * 1024

/** A body of a dispatch: what it is, or what gives it piece by piece. */
export function takeBody(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || isValue(given)) return given
  // One that fails before anybody reads from it: whoever does is told then, and nobody else has to listen.
  if (isStream(given)) given.on('error', () => {})
  if (Symbol.asyncIterator in given || !(Symbol.iterator in given)) return given
  return eachOf(given as Iterable<unknown>)
}

/** What of a body is to be read before it is sent; `undefined`: it can be sent as it is, or is too long. */
export function aheadOf(body: unknown, length: string | undefined): Chunks | undefined {
  if (length === undefined || !/^\d+$/.test(length) || Number(length) > MOST_AHEAD) return undefined
  return body === undefined || body === null ? undefined : chunksOf(body)
}

/** All of a body. @throws RequestContentLengthMismatchError when it is longer than it is said to be */
export async function readAhead(chunks: Chunks, length: string, signal: AbortSignal): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let size = 0
  for (let piece = await chunks.read(); piece !== undefined; piece = await chunks.read()) {
    size += piece.byteLength
    if (signal.aborted || size > Number(length)) {
      chunks.cancel(signal.reason)
      throw signal.aborted ? signal.reason : new errors.RequestContentLengthMismatchError()
    }
    // A copy: the source may use its memory for the next one.
    pieces.push(piece.slice())
  }
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces)
}

/** Forms may be undici's, which are not the platform's. */
function isValue(given: object): boolean {
  return (
    ArrayBuffer.isView(given) ||
    given instanceof Blob ||
    Object.prototype.toString.call(given) === '[object FormData]'
  )
}

function isStream(given: object): given is EventEmitter {
  return (
    'pipe' in given && typeof given.pipe === 'function' && 'on' in given && typeof given.on === 'function'
  )
}

async function* eachOf(given: Iterable<unknown>): AsyncGenerator<unknown, void, undefined> {
  yield* given
}
