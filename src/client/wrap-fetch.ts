import { describe, invalidConfig } from '../core/errors.js'
import { type FetchLike, fetchTransport } from '../transport/fetch-transport.js'
import type { Transport } from '../transport/transport.js'
import type { BalancedFetch, BalancedRequestInit, Balancer } from './balancer.js'

/** How a balancer is asked to send with another fetch; a registered symbol, to work across copies. */
export const SEND_VIA: unique symbol = Symbol.for('evenkeel.sendVia') as never

/** A balancer that can send with another fetch than its own. */
interface SendsVia {
  [SEND_VIA]?(
    transport: Transport,
    input: string | URL | Request,
    init?: BalancedRequestInit,
  ): Promise<Response>
}

/**
 * A `fetch` that balances the calls to some hosts and passes everything else through untouched.
 *
 * The keys of `services` are hosts as they stand in a URL, with the port where there is one: with
 * `{ users }`, `http://users/v1/me` is sent to an endpoint of `users`. Balanced calls are sent with
 * the fetch that is wrapped too, so it may replace `globalThis.fetch`; a balancer with a transport of
 * its own keeps that.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` for a key that is no host, or a value that is no balancer
 */
export function wrapFetch(
  fetch: typeof globalThis.fetch,
  services: Readonly<Record<string, Balancer>>,
): BalancedFetch {
  if (typeof fetch !== 'function') throw invalidConfig('fetch', fetch, 'a function like fetch')
  if (typeof services !== 'object' || services === null)
    throw invalidConfig('services', services, 'an object of balancers by host')
  const transport = fetchTransport({ fetch: fetch as FetchLike })
  const routes = new Map<string, Balancer>()
  for (const [host, balancer] of Object.entries(services)) {
    if (typeof balancer?.fetch !== 'function') throw invalidConfig(`services.${host}`, balancer, 'a balancer')
    const canonical = canonicalHost(host)
    if (routes.has(canonical)) throw invalidConfig(`services.${host}`, host, 'each host once')
    routes.set(canonical, balancer)
  }
  return (input, init) => {
    const balancer = routeOf(input, routes)
    // Nothing is added or taken away, not even an argument.
    if (balancer === undefined) return init === undefined ? fetch(input) : fetch(input, init)
    return (balancer as SendsVia)[SEND_VIA]?.(transport, input, init) ?? balancer.fetch(input, init)
  }
}

function canonicalHost(key: string): string {
  const url = URL.canParse(`http://${key}/`) ? new URL(`http://${key}/`) : undefined
  if (url === undefined || url.host !== key.toLowerCase()) {
    throw invalidConfig(
      `services.${key}`,
      `the key ${describe(key)}`,
      "a host as in a URL, 'users' or 'users.internal:8080'",
    )
  }
  return url.host
}

/** Who balances a URL: nobody a relative one, or one of another scheme than http(s). */
function routeOf(input: string | URL | Request, routes: ReadonlyMap<string, Balancer>): Balancer | undefined {
  const text = textOf(input)
  if (!/^\s*https?:/i.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  // A URL does not keep the port that its scheme has anyway, while the key `users:443` does.
  return routes.get(url.host) ?? (url.protocol === 'https:' ? routes.get(`${url.host}:443`) : undefined)
}

/** What is no URL at all is for the `fetch` that is wrapped to refuse. */
function textOf(input: unknown): string {
  if (typeof input === 'string') return input
  if (typeof input !== 'object' || input === null) return ''
  const url = 'url' in input ? input.url : input
  return typeof url === 'string' || url instanceof URL ? String(url) : ''
}
