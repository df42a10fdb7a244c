import type { IncomingHttpHeaders } from 'node:http'

/** Where a body comes from, and how it is held back. */
export interface Flow {
  pause(): void
  resume(): void
  /** The caller's signal, if it was aborted: even what has come is not to be had then. */
  revoked?(): AbortSignal | undefined
  /** Nobody wants the rest. */
  abort(reason: unknown): void
  /** What had come, and was still to be decoded, has been. */
  decoded?(): void
}

/** Takes what comes, as it comes. */
interface Taker {
  /** Something has come, or the end of it. */
  ready(): void
}

/** So much waits for a reader before the server is held back: 64 KiB. */
const HIGH_WATER = 64 * 1024

/** Notices bodies whose readers are thrown away. */
const abandoned = new FinalizationRegistry<IncomingBody>((body) => body.cancel(undefined))

/**
 * The body of a response on its way in: what has come and was not taken yet, and what is to happen at its end.
 * It knows nothing of who reads it, which may be thrown away.
 */
export class IncomingBody {
  readonly #flow: Flow
  readonly #chunks: Uint8Array[] = []
  #size = 0
  #paused = false
  #watched = false
  #taker: Taker | undefined
  #onEnd: ((error: unknown) => void) | undefined
  /** Has the last of it come, or can no more come? */
  ended = false
  /** What went wrong with it, as whoever reads it is to have it. */
  failure: { readonly error: unknown } | undefined
  /** What came behind it. */
  trailers: IncomingHttpHeaders | undefined
  /** Told when it breaks off, whether or not somebody waits for more. */
  onFailure: ((error: unknown) => void) | undefined

  constructor(flow: Flow) {
    this.#flow = flow
  }

  /** One that is there already. */
  static of(chunks: readonly Uint8Array[]): IncomingBody {
    const body = new IncomingBody({ pause() {}, resume() {}, abort() {} })
    for (const chunk of chunks) body.push(chunk)
    body.end()
    return body
  }

  /** Calls back once it has ended: by itself, by being cancelled, or with the error that broke it off. */
  whenEnded(callback: (error: unknown) => void): void {
    if (this.ended) callback(this.failure?.error)
    else this.#onEnd = callback
  }

  /** It is over once that one, by which alone it can be read, is thrown away. */
  watch(reader: object): void {
    this.unwatch()
    if (this.ended) return
    this.#watched = true
    abandoned.register(reader, this, this)
  }

  unwatch(): void {
    if (!this.#watched) return
    this.#watched = false
    abandoned.unregister(this)
  }

  push(chunk: Uint8Array): void {
    if (this.ended || chunk.byteLength === 0) return
    this.#chunks.push(chunk)
    this.#size += chunk.byteLength
    if (this.#size >= HIGH_WATER && !this.#paused) {
      this.#paused = true
      this.#flow.pause()
    }
    this.#taker?.ready()
  }

  end(trailers?: IncomingHttpHeaders): void {
    this.trailers = trailers
    this.#finish(undefined)
  }

  fail(error: unknown): void {
    if (this.ended) return
    this.failure = { error }
    // What has come of it is not all of it: nobody is to take it for that.
    this.#chunks.length = 0
    this.#finish(error)
    this.onFailure?.(error)
  }

  /** Nobody wants the rest: the connection is given up with it. */
  cancel(reason: unknown): void {
    this.#chunks.length = 0
    if (this.ended) return
    this.#finish(undefined)
    this.#flow.abort(reason)
  }

  /** All of it, once it has come. */
  collect(): Promise<readonly Uint8Array[]> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#check()
        if (this.failure !== undefined) reject(this.failure.error)
        else if (this.ended) resolve(this.#chunks.splice(0))
        // All of it is wanted, however long it is.
        else this.#go()
      }
      this.#taker = { ready: settle }
      settle()
    })
  }

  /** The next piece; nothing at the end. */
  async take(): Promise<Uint8Array | undefined> {
    if (this.#chunks.length === 0 && !this.ended) {
      this.#go()
      await new Promise<void>((resolve) => {
        this.#taker = { ready: resolve }
      })
      this.#taker = undefined
    }
    this.#check()
    if (this.failure !== undefined) throw this.failure.error
    const chunk = this.#chunks.shift()
    this.#size -= chunk?.byteLength ?? 0
    if (this.#size < HIGH_WATER) this.#go()
    return chunk
  }

  #check(): void {
    const signal = this.#chunks.length > 0 ? this.#flow.revoked?.() : undefined
    if (signal !== undefined) this.failure ??= { error: signal.reason }
  }

  #go(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#flow.resume()
  }

  #finish(error: unknown): void {
    if (this.ended) return
    this.ended = true
    // An error may lead to where it was made, and so to the reader, which would never be thrown away then.
    this.unwatch()
    const onEnd = this.#onEnd
    this.#onEnd = undefined
    this.#taker?.ready()
    onEnd?.(error)
  }
}
