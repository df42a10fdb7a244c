import { invalidConfig } from './errors.js'

/** As nginx writes sockets of Unix. */
const UNIX = 'unix:'
/** A host name or an IPv4 address; nothing that could be taken for the end of a host. */
const NAME = /^[a-z\d_](?:[a-z\d_.-]*[a-z\d_])?\.?$/i
/** The characters of an IPv6 address, which may name a network interface behind them. */
const IPV6 = /^[\da-f]*:[\da-f:.]*(?:%[\w.-]+)?$/i

/**
 * Where an endpoint is dialled, in canonical form: IPv6 without brackets.
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function checkAddress(given: unknown, path: string): string {
  if (typeof given === 'string') {
    if (socketPath(given) !== undefined) return given
    const bare = given.startsWith('[') && given.endsWith(']') ? given.slice(1, -1) : given
    if (NAME.test(given) || IPV6.test(bare)) return bare
  }
  throw invalidConfig(
    path,
    given,
    "an IP address '10.0.0.7', a host name without a port, or a socket of Unix, 'unix:/run/users.sock'",
  )
}

/** The path of a socket of Unix, when the address is one. */
export function socketPath(address: string): string | undefined {
  return address.startsWith(`${UNIX}/`) && !address.includes('\0') ? address.slice(UNIX.length) : undefined
}

/** An address and its port as people write them. */
export function addressText(address: string, port: number): string {
  if (socketPath(address) !== undefined) return address
  const host = address.includes(':') ? `[${address}]` : address
  return port === 0 ? host : `${host}:${port}`
}
