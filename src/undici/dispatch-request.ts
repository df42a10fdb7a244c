import { stringify } from 'node:querystring'
import { type Dispatcher, errors } from 'undici'
import type { BalancedRequestInit } from '../client/balancer.js'
import type { RawOptions } from '../node/transport/raw-options.js'
import { aheadOf, readAhead, takeBody } from './dispatch-body.js'
import { type HeaderPair, headerPairs } from './header-pairs.js'

/** What a dispatch asks for, as a balancer takes it. */
export class DispatchRequest {
  readonly url: string
  readonly options: RawOptions
  readonly #method: string
  readonly #headers: HeaderPair[] = []
  readonly #body: unknown
  readonly #idempotent: boolean | undefined

  /** @throws InvalidArgumentError, NotSupportedError for what undici refuses, and tunnels */
  constructor(given: Dispatcher.DispatchOptions, origin: string) {
    const { method, body, idempotent } = given
    if (typeof method !== 'string') throw new errors.InvalidArgumentError('method must be a string')
    if (method === 'CONNECT')
      throw new errors.NotSupportedError(`CONNECT to ${origin}: a balancer does not build tunnels`)
    this.url = urlOf(given, origin)
    this.#method = method
    let length: string | undefined
    for (const pair of headerPairs(given.headers)) {
      if (`${pair[0]}`.toLowerCase() !== 'content-length') this.#headers.push(pair)
      else if (length === undefined) length = pair[1]
      else throw new errors.InvalidArgumentError('duplicate content-length header')
    }
    this.#body = takeBody(body)
    this.#idempotent = typeof idempotent === 'boolean' ? idempotent : undefined
    this.options = optionsOf(given, length)
  }

  /** What `fetch` is called with, at once if nothing has to be read before. */
  init(signal: AbortSignal): BalancedRequestInit | Promise<BalancedRequestInit> {
    const { length } = this.options
    const ahead = aheadOf(this.#body, length)
    if (ahead === undefined || length === undefined) return this.#init(this.#body, signal)
    return readAhead(ahead, length, signal).then((body) => this.#init(body, signal))
  }

  #init(body: unknown, signal: AbortSignal): BalancedRequestInit {
    const init = {
      method: this.#method,
      headers: this.#headers,
      body: body as BodyInit,
      signal,
      redirect: 'manual',
    } as const
    return this.#idempotent === undefined ? init : { ...init, balancer: { idempotent: this.#idempotent } }
  }
}

function urlOf({ path, query }: Dispatcher.DispatchOptions, origin: string): string {
  if (typeof path !== 'string') throw new errors.InvalidArgumentError('path must be a string')
  const whole = /^https?:\/\//.test(path) ? path : origin + path
  if (whole !== path && !path.startsWith('/'))
    throw new errors.InvalidArgumentError('path must be an absolute URL or start with a slash')
  if (query === undefined || query === null) return whole
  if (/[?#]/.test(path))
    throw new errors.InvalidArgumentError(
      'Query params cannot be passed when url already contains "?" or "#".',
    )
  const text = stringify(query)
  return text === '' ? whole : `${whole}?${text}`
}

function optionsOf(given: Dispatcher.DispatchOptions, length: string | undefined): RawOptions {
  const { upgrade, headersTimeout, bodyTimeout, reset, blocking, expectContinue, typeOfService } = given
  return { length, upgrade, headersTimeout, bodyTimeout, reset, blocking, expectContinue, typeOfService }
}
