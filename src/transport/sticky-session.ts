import { stringifySetCookie } from 'cookie'
import { invalidConfig } from '../core/errors.js'
import { checkBoolean, checkChoice, checkNumber, checkObject } from '../core/validate.js'
import { parseCookies } from './cookies.js'
import { checkToken } from './request-keys.js'

/** Options of {@link stickySession}. */
export interface StickySessionOptions {
  /** The cookie's name. Default `'evenkeel'`. */
  readonly cookie?: string
  /** How long it lives, in ms from when it is made. Default: until the browser is closed. */
  readonly ttl?: number
  /** Below which path it is sent. Default `'/'`. */
  readonly path?: string
  /** Over https only? Default `true`. */
  readonly secure?: boolean
  /** With requests from other sites? Default `'lax'`: when a link is followed. */
  readonly sameSite?: 'strict' | 'lax' | 'none'
  /** Out of reach of scripts? Default `true`. */
  readonly httpOnly?: boolean
}

/** The headers of an incoming request: the web's, or those of `node:http`. */
export type SessionHeaders = Headers | { readonly cookie?: string | undefined }

/** What a request is told by, for as long as its client keeps the cookie. */
export interface StickySession {
  /** To be passed on as `balancer: { hashKey }`. */
  readonly hashKey: string
  /** The `Set-Cookie` header to answer with, when the client had none. */
  readonly setCookie: string | undefined
}

/** What `crypto.randomUUID` makes. Anything else under the name of our cookie was not made here. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** What a cookie's path may be made of (RFC 6265). */
const PATH = /^\/[ -:<-~]*$/

const KEYS = ['cookie', 'ttl', 'path', 'secure', 'sameSite', 'httpOnly']

/**
 * Sessions for those who write proxies: reads a cookie of the incoming request and, when there is none,
 * makes one that cannot be guessed. With `ringHash`, `maglev` or `rendezvous` a session then stays on its
 * endpoint in every process, and nobody has to remember it; the cookie says nothing of the endpoint. For a
 * service with a session cookie of its own `byCookie` is enough.
 *
 * ```ts
 * const session = stickySession({ cookie: 'lb', ttl: 3_600_000 })
 * const { hashKey, setCookie } = session(request.headers)
 * const response = await balancer.fetch(path, { balancer: { hashKey } })
 * ```
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` for an option that makes no cookie
 */
export function stickySession(
  options: StickySessionOptions = {},
): (headers: SessionHeaders) => StickySession {
  checkObject(options, 'stickySession', KEYS)
  const { cookie = 'evenkeel', path = '/' } = options
  checkToken(cookie, 'stickySession.cookie', "a cookie's name")
  if (typeof path !== 'string' || !PATH.test(path)) {
    throw invalidConfig('stickySession.path', path, "a path such as '/', without a semicolon")
  }
  const ttl =
    options.ttl === undefined
      ? undefined
      : checkNumber(options.ttl, 'stickySession.ttl', 0, { min: 0, exclusive: true })
  const attributes = {
    path,
    httpOnly: checkBoolean(options.httpOnly, 'stickySession.httpOnly') ?? true,
    secure: checkBoolean(options.secure, 'stickySession.secure') ?? true,
    sameSite: checkChoice(options.sameSite, 'stickySession.sameSite', 'lax', ['strict', 'lax', 'none']),
    ...(ttl !== undefined && { maxAge: Math.ceil(ttl / 1_000) }),
  }
  if (attributes.sameSite === 'none' && !attributes.secure) {
    throw invalidConfig('stickySession.sameSite', 'none', "'strict' or 'lax' where `secure` is false")
  }
  return (headers) => {
    const header = headers instanceof Headers ? headers.get('cookie') : headers.cookie
    const known = parseCookies(header ?? '')[cookie]
    if (known !== undefined && UUID.test(known)) return { hashKey: known, setCookie: undefined }
    const hashKey = crypto.randomUUID()
    return { hashKey, setCookie: stringifySetCookie({ name: cookie, value: hashKey, ...attributes }) }
  }
}
