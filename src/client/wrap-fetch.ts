import { invalidConfig } from '../core/errors.js'
import { type FetchLike, fetchTransport } from '../transport/fetch-transport.js'
import type { BalancedFetch, Balancer } from './balancer.js'
import { type ChooseTransport, sendVia } from './send-via.js'
import { Services } from './services.js'

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
  const wrapped = new Services(services)
  const transport = fetchTransport({ fetch: fetch as FetchLike })
  const choose: ChooseTransport = (own) => own ?? transport
  return (input, init) => {
    const balancer = balancerOf(input, wrapped)
    // Nothing is added or taken away, not even an argument.
    if (balancer === undefined) return init === undefined ? fetch(input) : fetch(input, init)
    return sendVia(balancer, choose, input, init)
  }
}

/** Who balances a URL: nobody a relative one, or one of another scheme than http(s). */
function balancerOf(input: string | URL | Request, services: Services): Balancer | undefined {
  const text = textOf(input)
  return /^\s*https?:/i.test(text) && URL.canParse(text) ? services.of(new URL(text)) : undefined
}

/** What is no URL at all is for the `fetch` that is wrapped to refuse. */
function textOf(input: unknown): string {
  if (typeof input === 'string') return input
  if (typeof input !== 'object' || input === null) return ''
  const url = 'url' in input ? input.url : input
  return typeof url === 'string' || url instanceof URL ? String(url) : ''
}
