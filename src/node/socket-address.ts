import { socketPath } from '../core/address.js'
import type { Endpoint } from '../core/endpoint.js'

/** Where a socket is connected to. */
export type SocketAddress = { readonly host: string; readonly port: number } | { readonly path: string }

/** Where an endpoint listens, on another port if one is given; `who` wants to know. */
export function addressOf(
  endpoint: Endpoint,
  port: number | undefined,
  who: string,
  defaultPort = 0,
): SocketAddress {
  const { url, scheme, hostname, address } = endpoint
  const path = address === undefined ? undefined : socketPath(address)
  if (path !== undefined && port === undefined) return { path }
  if (scheme === 'unix' && port === undefined) return { path: pathOf(endpoint, who) }
  const host = address ?? hostname
  if (host === '' || path !== undefined)
    throw new Error(`${who} cannot connect to a port of ${endpoint.id}: it names no host`)
  const target = port ?? (endpoint.port || defaultPort)
  if (target === 0)
    throw new Error(
      `${who} cannot connect to ${url}: it has no port; write one into the URL, or give ${who} one`,
    )
  return { host, port: target }
}

function pathOf({ url, hostname }: Endpoint, who: string): string {
  if (hostname !== '')
    throw new Error(
      `${who} cannot connect to ${url}: the path of a socket is written unix:///${hostname}/...`,
    )
  return decodeURIComponent(new URL(url).pathname)
}
