import type { Endpoint } from '../core/endpoint.js'
import { checkFunction, checkObject } from '../core/validate.js'
import type { Transport } from './transport.js'

/** The part of `fetch` that is needed. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>

/** Options of {@link fetchTransport}. */
export interface FetchTransportOptions {
  /** The fetch to send with. Default: `globalThis.fetch`, looked up at each call, so that it can be mocked. */
  readonly fetch?: FetchLike
}

class FetchTransport implements Transport {
  readonly #fetch: FetchLike | undefined

  constructor(options: FetchTransportOptions) {
    checkObject(options, 'fetchTransport', ['fetch'])
    this.#fetch = checkFunction(options.fetch, 'fetchTransport.fetch', 'a function like fetch')
  }

  send(_endpoint: Endpoint, url: string, init: RequestInit): Promise<Response> {
    // Called as a plain function: browsers refuse any other `this`.
    const fetch = this.#fetch ?? globalThis.fetch
    return fetch(url, init)
  }
}

/**
 * Sends with any `fetch`. The default transport.
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  return new FetchTransport(options)
}
