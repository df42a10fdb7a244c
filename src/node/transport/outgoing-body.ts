/** A body as it is written to a connection. */
export interface OutgoingBody {
  /** Bytes, or what gives them piece by piece. */
  readonly content: Uint8Array | AsyncIterable<Uint8Array>
  /** Of what, as the body itself says. */
  readonly type: string | undefined
  /** In bytes; unknown for streams. */
  readonly length: number | undefined
  /** Can it be sent again, to where a redirect leads? */
  readonly again: boolean
  /** The rest is not wanted, even if there is no more of it for now. */
  cancel?(reason: unknown): void
}
