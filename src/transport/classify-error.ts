import type { Endpoint } from '../core/endpoint.js'
import { type BalancerError, isBalancerError } from '../core/errors.js'
import type { ErrorVerdict } from './transport.js'

const UNREACHABLE: ErrorVerdict = { kind: 'unreachable', progress: 'unsent' }
/** No connection in the end, but perhaps there was one before that took the request. */
const UNREACHED: ErrorVerdict = { kind: 'unreachable', progress: 'sent' }
export const BROKEN: ErrorVerdict = { kind: 'broken', progress: 'sent' }
const IGNORED: ErrorVerdict = { kind: 'ignored', progress: 'sent' }

/**
 * Codes of errors that come before the first byte of a request is written.
 *
 * Bun sends GET, HEAD, OPTIONS, PUT and DELETE once more by itself when a kept-alive connection breaks
 * under them, so with those "refused" may be about the second time. It does not do so with any other
 * method, and those are the ones for which it matters whether a request was sent.
 */
const UNSENT_CODES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NODATA',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  // Bun before 1.3
  'ConnectionRefused',
  'FailedToOpenSocket',
  // TLS handshakes that fail on the certificate: nothing of the request has been sent yet.
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_VERIFY_LEAF_CERTIFICATE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** The same where there is no code, or one that does not say: ports that the Fetch standard blocks, and TLS. */
const UNSENT_MESSAGE =
  /^bad port$|^Fetch failed: Requests to port \d+ are blocked$|^Client network socket disconnected before secure TLS connection was established$/

/**
 * Deno's fetch says in hyper's words that no connection could be made. That is not certain to mean
 * "unsent": when a kept-alive connection breaks, Deno sends the request once more by itself, POST
 * included, and it is this second time that the words are about.
 */
const UNREACHED_MESSAGE = /client error \(Connect\)|tcp connect error|dns error: /

/** What is wrong with the request itself, and answers that `fetch` was told not to, or cannot, follow. */
const IGNORED_CODES = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
  // Bun
  'UnexpectedRedirect',
  'TooManyRedirects',
  'UnsupportedRedirectProtocol',
])
/** The redirects again: Node's words, then Deno's. */
const IGNORED_MESSAGE =
  /^unexpected redirect$|^redirect count exceeded$|^URL scheme must be a HTTP\(S\) scheme$|^Fetch failed: (Encountered redirect|Maximum number of redirects|Can not redirect)/

/** Errors of a connection that something may have been sent over. */
const BROKEN_CODES =
  /^(ECONN|EPIPE|EPROTO|ETIMEDOUT|UND_ERR_|HPE_|ERR_HTTP|ERR_SSL|ERR_STREAM|ConnectionClosed|Malformed_HTTP|Z_)/

/** What a failed fetch says when it does not say why: Node and Deno, Chrome, Safari, Firefox, Workers. */
const BROKEN_MESSAGE =
  /^(fetch failed|Failed to fetch|Load failed|NetworkError when attempting to fetch resource|Network connection lost)/

/** Causes are followed this deep; deeper, or in a circle, is somebody's mistake. */
const MAX_DEPTH = 5

/**
 * What a connection error means, by its code, its words, or those of its causes; `undefined` when it
 * does not look like one. Runtimes differ: Node and Bun have codes, Deno words, browsers and Workers
 * nothing, not even for a refused connection.
 *
 * A reset or a closed socket counts as sent, since on a reused connection it cannot be told from
 * outside whether the server had begun to work.
 */
export function classifyError(error: unknown, depth = 0): ErrorVerdict | undefined {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return undefined
  // A balancer within a balanced call: its cause is only the last of its attempts.
  if (isBalancerError(error)) return isUnsent(error) ? UNREACHABLE : undefined
  const { code, syscall, message, cause, errors } = error as Record<
    'code' | 'syscall' | 'message' | 'cause' | 'errors',
    unknown
  >
  // One failure for each address of a name: unsent only if all of them are.
  if (Array.isArray(errors) && errors.length > 0) {
    const verdicts = errors.map((one) => classifyError(one, depth + 1))
    return verdicts.every((verdict) => verdict?.progress === 'unsent') ? UNREACHABLE : BROKEN
  }
  const text = typeof message === 'string' ? message : ''
  return (
    verdictOfMessage(text) ??
    (typeof code === 'string' ? verdictOfCode(code, syscall) : undefined) ??
    classifyError(cause, depth + 1) ??
    (BROKEN_MESSAGE.test(text) ? BROKEN : undefined)
  )
}

/** Does a failed connection, or one of its causes, name another place than the endpoint's? Node's do name one. */
export function namesAnother(
  error: unknown,
  endpoint: Pick<Endpoint, 'hostname' | 'port'>,
  depth = 0,
): boolean {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return false
  const {
    cause,
    errors,
    port: to,
    hostname: name,
  } = error as Record<'cause' | 'errors' | 'port' | 'hostname', unknown>
  if (typeof to === 'number' && to !== endpoint.port) return true
  if (typeof name === 'string' && name !== endpoint.hostname) return true
  const others: unknown[] = Array.isArray(errors) ? [cause, ...errors] : [cause]
  return others.some((other) => namesAnother(other, endpoint, depth + 1))
}

function isUnsent({ attempts }: BalancerError): boolean {
  return attempts.length > 0 && attempts.every(({ progress }) => progress === 'unsent')
}

function verdictOfMessage(message: string): ErrorVerdict | undefined {
  if (UNSENT_MESSAGE.test(message)) return UNREACHABLE
  if (UNREACHED_MESSAGE.test(message)) return UNREACHED
  return IGNORED_MESSAGE.test(message) ? IGNORED : undefined
}

function verdictOfCode(code: string, syscall: unknown): ErrorVerdict | undefined {
  if (UNSENT_CODES.has(code) || syscall === 'connect') return UNREACHABLE
  if (IGNORED_CODES.has(code)) return IGNORED
  return BROKEN_CODES.test(code) ? BROKEN : undefined
}
