import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import type { IncomingBody } from './incoming-body.js'
import { LeanResponse, type ResponseHead } from './lean-response.js'

/** What whoever passes an answer on wants to know of it, beside its body. */
export interface RawHead extends ResponseHead {
  readonly headers: IncomingHttpHeaders
  /** The connection, if it speaks something else from now on. */
  readonly socket?: Duplex
}

/** An answer as it came: not decoded, and not followed. */
export class RawResponse extends LeanResponse {
  readonly head: RawHead

  constructor(head: RawHead, incoming: IncomingBody | undefined) {
    super(head, incoming)
    this.head = head
  }
}
