import { type ClientHttp2Session, constants } from 'node:http2'
import type { Dispatcher } from 'undici'

/** As undici calls what it keeps of a connection of HTTP/2. */
const SESSION = 'http2Session'

/**
 * Has streams of HTTP/2 that are given up say so (`CANCEL`). Undici closes them as if all was well and destroys them at once:
 * if something of the request is still to be written, Node (20 to 24 at least) goes round in circles then, for ever and until
 * no memory is left.
 */
export function cancelGivenUp(dispatcher: Dispatcher): void {
  dispatcher.on('connect', (_origin, targets) => {
    const client = targets.at(-1) as unknown as Readonly<Record<symbol, unknown>>
    const key = Object.getOwnPropertySymbols(client).find(({ description }) => description === SESSION)
    const session = key === undefined ? undefined : (client[key] as ClientHttp2Session | null | undefined)
    if (session) cancelStreamsOf(session)
  })
}

function cancelStreamsOf(session: ClientHttp2Session): void {
  const request = session.request.bind(session)
  session.request = (headers, options) => {
    const stream = request(headers, options)
    const close = stream.close.bind(stream)
    stream.close = (code = constants.NGHTTP2_CANCEL, callback) => close(code, callback)
    return stream
  }
}
