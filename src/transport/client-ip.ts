import { checkNumber, checkObject } from '../core/validate.js'
import { ipPrefix } from './ip-prefix.js'
import { checkToken } from './request-keys.js'
import type { HashKey } from './request-view.js'

/** Options of {@link byClientIp}. */
export interface ClientIpOptions {
  /** Where the address is. Default `'x-forwarded-for'`. */
  readonly header?: string
  /**
   * How many proxies of yours have each added an address behind the last one; the client's is that of the
   * first of them, the n-th from the end. What stands before it may be made up by the client, and is not
   * looked at. Default 1: the last one.
   */
  readonly trustedHops?: number
  /** How many bits of an IPv4 address count, 0 to 32. Default 24, its first three numbers, as nginx `ip_hash`. */
  readonly ipv4Prefix?: number
  /** How many bits of an IPv6 address count, 0 to 128. Default 64: what one subscriber has. */
  readonly ipv6Prefix?: number
}

/**
 * Requests of the same client, by its address, go together: for proxies and gateways that pass their own
 * requests on. It is in the header that the proxy before them writes; what is not an address is no key, and
 * the request goes anywhere. Many clients behind one address go together, and one that changes networks
 * does not stay: a cookie is the better key.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` for an option that is out of bounds
 */
export function byClientIp(options: ClientIpOptions = {}): HashKey {
  checkObject(options, 'byClientIp', ['header', 'trustedHops', 'ipv4Prefix', 'ipv6Prefix'])
  const { header = 'x-forwarded-for' } = options
  checkToken(header, 'byClientIp.header', "a header's name")
  const hops = checkNumber(options.trustedHops, 'byClientIp.trustedHops', 1, {
    min: 1,
    max: 100,
    integer: true,
  })
  const ipv4 = checkNumber(options.ipv4Prefix, 'byClientIp.ipv4Prefix', 24, { max: 32, integer: true })
  const ipv6 = checkNumber(options.ipv6Prefix, 'byClientIp.ipv6Prefix', 64, { max: 128, integer: true })
  return ({ headers }) => {
    const addresses = headers.get(header)
    const address = addresses === null ? undefined : fromTheEnd(addresses, hops)
    return address === undefined ? undefined : ipPrefix(address, ipv4, ipv6)
  }
}

/** The n-th entry of a list, from its end; the rest may be as long as a client likes, and is not read. */
function fromTheEnd(list: string, n: number): string | undefined {
  let end = list.length
  for (let i = 1; i < n; i++) {
    end = list.lastIndexOf(',', end - 1)
    if (end <= 0) return undefined
  }
  return list.slice(list.lastIndexOf(',', end - 1) + 1, end)
}
