import { type OutgoingRequest, redirected } from './outgoing-request.js'

const STATUSES = new Set([301, 302, 303, 307, 308])
const MOST = 20
/** What tells of a body that is not sent any more. */
const BODY_HEADERS = [
  'content-encoding',
  'content-language',
  'content-location',
  'content-type',
  'content-length',
]
/** What is for the first server only. */
const CREDENTIALS = ['authorization', 'proxy-authorization', 'cookie', 'host']

export function isRedirect(status: number): boolean {
  return STATUSES.has(status)
}

/**
 * The request that an answer leads to, by the Fetch standard (HTTP-redirect fetch).
 * @throws Error when it must not be followed
 */
export function follow(
  from: OutgoingRequest,
  status: number,
  location: string,
  count: number,
): OutgoingRequest {
  // Bytes that are no ASCII are taken for UTF-8.
  const given = /[^ -~]/.test(location) ? Buffer.from(location, 'latin1').toString() : location
  const to = new URL(given, from.url)
  if (to.protocol !== 'http:' && to.protocol !== 'https:')
    throw new Error('URL scheme must be a HTTP(S) scheme')
  if (count >= MOST) throw new Error('redirect count exceeded')
  if (from.mode === 'same-origin' && to.origin !== from.origin)
    throw new Error('request mode cannot be "same-origin"')
  if (to.username !== '' || to.password !== '')
    throw new Error('cross origin not allowed for request mode "cors"')
  // A stream is gone; a request without it is another one.
  if (status !== 303 && from.body !== undefined && !from.body.again)
    throw new Error('a body that is a stream cannot be sent again')
  const asGet =
    ((status === 301 || status === 302) && from.method === 'POST') ||
    (status === 303 && from.method !== 'GET' && from.method !== 'HEAD')
  const headers = from.given.copy()
  if (asGet) for (const name of BODY_HEADERS) headers.delete(name)
  if (to.origin !== from.origin) for (const name of CREDENTIALS) headers.delete(name)
  return redirected(from, to, asGet ? 'GET' : from.method, headers, asGet ? undefined : from.body)
}
