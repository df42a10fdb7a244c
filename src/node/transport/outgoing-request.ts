import { encodeBody } from './encode-body.js'
import type { OutgoingBody } from './outgoing-body.js'
import { OutgoingHeaders } from './outgoing-headers.js'
import type { RawOptions } from './raw-options.js'

/** What one request sends, and what is to be done with what comes back. */
export interface OutgoingRequest {
  readonly method: string
  readonly url: string
  /** `scheme://host:port` of it. */
  readonly origin: string
  /** Path and query, as they are sent. */
  readonly path: string
  /** Those that the caller gave. */
  readonly given: OutgoingHeaders
  /** All of them, names and values by turns. */
  readonly headers: readonly string[]
  readonly body: OutgoingBody | undefined
  readonly redirect: RequestRedirect
  readonly mode: RequestMode
  readonly cache: RequestCache
  /** Has a redirect led to another origin? */
  readonly crossed: boolean
  /** What the bytes of the answer have to hash to; empty when that does not matter. */
  readonly integrity: string
  /** Is the answer wanted as it comes? What goes to the connection with it then. */
  readonly raw?: RawOptions
}

/** What of it decides which headers are sent along. */
type Asked = Pick<OutgoingRequest, 'method' | 'origin' | 'redirect' | 'mode' | 'cache'>

type Init = RequestInit & { duplex?: unknown }

/** What every `fetch` of Node says of itself. */
const ACCEPT = ['accept', '*/*', 'accept-language', '*'] as const
const METADATA = ['sec-fetch-mode', 'cors', 'user-agent', 'node'] as const
const ENCODINGS = 'gzip, deflate'
const SECURE_ENCODINGS = 'br, gzip, deflate'

/** What a plain GET sends. */
const NOTHING_GIVEN = new OutgoingHeaders()
const PLAIN: readonly string[] = [...ACCEPT, ...METADATA, 'accept-encoding', ENCODINGS]
const PLAIN_SECURE: readonly string[] = [...ACCEPT, ...METADATA, 'accept-encoding', SECURE_ENCODINGS]

/** Who says these has a cache of his own, and wants no other. */
const CONDITIONS = ['if-modified-since', 'if-none-match', 'if-unmodified-since', 'if-match', 'if-range']

/** Characters of a URL that every parser leaves as they are. */
const PLAIN_URL = /^https?:\/\/[\w.:[\]-]+\/[\w\-.~!$&()*+,;=:@/?%]*$/
/** What these can say is known without asking the platform. */
const SIMPLE_OPTIONS = new Set(['method', 'headers', 'body', 'signal', 'redirect', 'duplex'])
const SIMPLE_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const REDIRECTS = new Set(['follow', 'manual', 'error'])

/** What `fetch` would send. @throws TypeError for what it would refuse */
export function outgoingRequest(given: string, init: Init): OutgoingRequest {
  const simple = isSimple(init)
  const options: Partial<Asked> = simple ? init : checked(given, init)
  const { method = 'GET', redirect = 'follow', mode = 'cors', cache = 'default' } = options
  const { url, origin, path } = placeOf(given)
  const body = init.body ?? undefined
  const integrity = init.integrity ?? ''
  const asked = { method, url, origin, path, redirect, mode, cache, crossed: false, integrity }
  if (simple && method === 'GET' && body === undefined && init.headers === undefined)
    return { ...asked, given: NOTHING_GIVEN, headers: isSecure(origin) ? PLAIN_SECURE : PLAIN, body }
  const sent = body === undefined ? undefined : encodeBody(body, init.duplex)
  if (sent !== undefined && (method === 'GET' || method === 'HEAD'))
    throw new TypeError('Request with GET/HEAD method cannot have body.')
  const headers = OutgoingHeaders.of(init.headers)
  if (sent?.type !== undefined) headers.addMissing('content-type', sent.type)
  return { ...asked, given: headers, headers: complete(headers, asked, sent), body: sent }
}

/** What goes where a redirect leads. */
export function redirected(
  from: OutgoingRequest,
  to: URL,
  method: string,
  given: OutgoingHeaders,
  body: OutgoingBody | undefined,
): OutgoingRequest {
  const { origin } = to
  const crossed = from.crossed || origin !== from.origin
  const asked = { ...from, method, url: withoutHash(to), origin, path: to.pathname + to.search, crossed }
  return { ...asked, given, headers: complete(given, asked, body), body }
}

/** The platform checks what it knows better, and has its canonical form. */
function checked(url: string, { signal: _, body: __, headers: ___, ...rest }: Init): Request {
  return new Request(url, rest)
}

function isSimple(init: Init): boolean {
  for (const key in init) if (!SIMPLE_OPTIONS.has(key)) return false
  const { method = 'GET', redirect = 'follow', duplex = 'half' } = init
  return SIMPLE_METHODS.has(method) && REDIRECTS.has(redirect) && duplex === 'half'
}

/** Where a URL is. */
export function placeOf(given: string): { url: string; origin: string; path: string } {
  if (!PLAIN_URL.test(given)) {
    const url = new URL(given)
    return { url: withoutHash(url), origin: url.origin, path: url.pathname + url.search }
  }
  const slash = given.indexOf('/', 8)
  return { url: given, origin: given.slice(0, slash), path: given.slice(slash) }
}

function withoutHash(url: URL): string {
  return url.hash === '' ? url.href : url.href.slice(0, -url.hash.length)
}

function isSecure(origin: string): boolean {
  return origin.startsWith('https:')
}

/** In the order of the Fetch standard. */
function complete(
  given: OutgoingHeaders,
  { method, origin, mode, cache }: Asked,
  body: OutgoingBody | undefined,
): readonly string[] {
  const headers = given.copy()
  for (let i = 0; i < ACCEPT.length; i += 2) headers.addMissing(ACCEPT[i] as string, ACCEPT[i + 1] as string)
  if (body?.length !== undefined) headers.addMissing('content-length', `${body.length}`)
  else if (body === undefined && (method === 'POST' || method === 'PUT'))
    headers.addMissing('content-length', '0')
  headers.set('sec-fetch-mode', mode)
  headers.addMissing('user-agent', 'node')
  if (cache === 'no-cache') headers.addMissing('cache-control', 'max-age=0')
  if (cache === 'no-store' || cache === 'reload' || CONDITIONS.some((name) => headers.has(name))) {
    headers.addMissing('pragma', 'no-cache')
    headers.addMissing('cache-control', 'no-cache')
  }
  if (headers.has('range')) headers.append('accept-encoding', 'identity')
  headers.addMissing('accept-encoding', isSecure(origin) ? SECURE_ENCODINGS : ENCODINGS)
  // The server is called by its URL.
  headers.delete('host')
  return headers.lines
}
