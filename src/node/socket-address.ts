import type { Endpoint } from '../core/endpoint.js'

/** Where a socket is connected to. */
export type SocketAddress = { readonly host: string; readonly port: number } | { readonly path: string }

/** Where an endpoint listens, on another port if one is given; `who` wants to know. */
export function addressOf(endpoint: Endpoint, port: number | undefined, who: string): SocketAddress {
  const { url, scheme, hostname } = endpoint
  if (scheme === 'unix' && port === undefined) return { path: pathOf(endpoint, who) }
  if (hostname === '') throw new Error(`${who} cannot connect to ${url}: it names no host`)
  const target = port ?? endpoint.port
  if (target === 0)
    throw new Error(
      `${who} cannot connect to ${url}: it has no port; write one into the URL, or give ${who}({ port })`,
    )
  return { host: hostname, port: target }
}

function pathOf({ url, hostname }: Endpoint, who: string): string {
  if (hostname !== '')
    throw new Error(
      `${who} cannot connect to ${url}: the path of a socket is written unix:///${hostname}/...`,
    )
  return decodeURIComponent(new URL(url).pathname)
}
