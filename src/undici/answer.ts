import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'

/** An answer, as a handler of undici is told of it. */
export interface Answer {
  readonly status: number
  readonly statusText: string
  readonly headers: IncomingHttpHeaders
  /** Names and values by turns, as they came. */
  readonly rawHeaders: readonly (Uint8Array | string)[]
  /** The connection, if it speaks something else from now on. */
  readonly socket?: Duplex | undefined
  /** What came behind the body, once that has ended. */
  readonly trailers: IncomingHttpHeaders
  /** The next piece of the body; nothing at its end. */
  take(): Promise<Uint8Array | undefined>
  /** Calls back if the body breaks off while nobody waits for more of it, where that can be known. */
  whenBroken(callback: (error: unknown) => void): void
}
