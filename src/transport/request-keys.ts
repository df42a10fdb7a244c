import { invalidConfig } from '../core/errors.js'
import { parseCookies } from './cookies.js'
import type { HashKey } from './request-view.js'

/** What names of headers and cookies are made of (RFC 9110, `token`). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i

/**
 * Requests of the same value of a header go together; without the header, anywhere.
 * @throws BalancerError `ERR_INVALID_CONFIG` for what is not a header's name
 */
export function byHeader(name: string): HashKey {
  checkToken(name, 'byHeader.name', "a header's name")
  return ({ headers }) => headers.get(name) ?? undefined
}

/**
 * Requests of the same value of a cookie go together; without the cookie, anywhere. Of several of one name
 * the first counts, which browsers make the one of the closest path.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` for what is not a cookie's name
 */
export function byCookie(name: string): HashKey {
  checkToken(name, 'byCookie.name', "a cookie's name")
  return ({ headers }) => parseCookies(headers.get('cookie') ?? '')[name]
}

/**
 * Requests of the same value of a query parameter go together; without it, anywhere. Of several of one name
 * the first counts.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` for what is not a parameter's name
 */
export function byQuery(name: string): HashKey {
  if (typeof name !== 'string' || name === '') {
    throw invalidConfig('byQuery.name', name, "a query parameter's name")
  }
  return ({ search }) => (search === '' ? undefined : (new URLSearchParams(search).get(name) ?? undefined))
}

/**
 * The first of these keys that a request has: by session, say, and by the client's address before there
 * is one.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` for what is not a function
 */
export function firstOf(...keys: readonly HashKey[]): HashKey {
  keys.forEach((key, index) => {
    if (typeof key !== 'function')
      throw invalidConfig(`firstOf[${index}]`, key, "a function that gives a request's key")
  })
  return (request) => {
    for (const keyOf of keys) {
      const key = keyOf(request)
      if (key !== undefined && key !== '') return key
    }
    return undefined
  }
}

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkToken(given: unknown, path: string, what: string): void {
  if (typeof given !== 'string' || !TOKEN.test(given)) throw invalidConfig(path, given, what)
}
