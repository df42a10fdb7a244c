import type { OutgoingBody } from './outgoing-body.js'
import { OutgoingHeaders } from './outgoing-headers.js'
import { type OutgoingRequest, placeOf } from './outgoing-request.js'
import type { RawOptions } from './raw-options.js'

const NOTHING_GIVEN = new OutgoingHeaders()
const AS_IT_IS = { type: undefined, length: undefined, again: false }

/**
 * A request that is sent as it is, of which the answer is wanted as it comes: what else `fetch` does is done by whoever
 * sends it. Its headers are pairs.
 */
export function rawRequest(given: string, init: RequestInit, raw: RawOptions): OutgoingRequest {
  const { method = 'GET', body = null } = init
  const headers = ((init.headers ?? []) as [string, string][]).flat()
  if (raw.length !== undefined) headers.push('content-length', raw.length)
  return {
    ...placeOf(given),
    method,
    given: NOTHING_GIVEN,
    headers,
    // Undici takes whatever it may be.
    body: body === null ? undefined : { ...AS_IT_IS, content: body as OutgoingBody['content'] },
    redirect: 'manual',
    mode: 'cors',
    cache: 'default',
    crossed: false,
    integrity: '',
    raw,
  }
}
