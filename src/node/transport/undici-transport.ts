import type { Dispatcher } from 'undici'
import type { Endpoint } from '../../core/endpoint.js'
import { invalidConfig } from '../../core/errors.js'
import type { Timing } from '../../core/outcome.js'
import { classifyError } from '../../transport/classify-error.js'
import type { ErrorVerdict, Transport, TransportCapabilities } from '../../transport/transport.js'
import { LeanResponse } from './lean-response.js'
import { loadUndici } from './load-undici.js'
import { type OutgoingRequest, outgoingRequest } from './outgoing-request.js'
import { Pools } from './pools.js'
import { Sending } from './sending.js'
import type { SendingHost } from './sending-host.js'
import { checkTransport, type TransportSettings, type UndiciTransportOptions } from './transport-options.js'

const UNREACHABLE: ErrorVerdict = { kind: 'unreachable', progress: 'unsent' }

export class UndiciTransport implements Transport, SendingHost {
  readonly capabilities: TransportCapabilities
  readonly #settings: TransportSettings
  #pools: Pools | undefined
  #loading: Promise<Pools> | undefined
  /** The signals of requests that wait for a connection. */
  readonly #waiting = new Set<AbortSignal>()
  /** The errors of requests, and whether it is certain that nothing was written. */
  readonly #failed = new WeakMap<Error, boolean>()
  /** Endpoints that have left before anything could be opened to them. */
  readonly #leftEarly = new WeakSet<Endpoint>()
  #closed = false

  constructor(options: UndiciTransportOptions = {}) {
    this.#settings = checkTransport(options)
    this.capabilities = {
      dialAddress: true,
      unixSocket: true,
      http2: this.#settings.http2,
      streamingUpload: true,
    }
  }

  send(endpoint: Endpoint, url: string, init: RequestInit): Promise<Response> {
    return this.sendRequest(endpoint, outgoingRequest(url, init), init.signal)
  }

  /** One that is complete. */
  sendRequest(
    endpoint: Endpoint,
    request: OutgoingRequest,
    signal: AbortSignal | null | undefined,
  ): Promise<Response> {
    if (this.#pools === undefined) return this.#load().then(() => this.sendRequest(endpoint, request, signal))
    return new Promise((resolve, reject) => {
      new Sending(endpoint, request, this, signal ?? undefined, resolve, reject).start()
    })
  }

  classify(error: unknown): ErrorVerdict | undefined {
    const unsent = this.#failed.get(error as Error)
    if (unsent === undefined) return undefined
    const verdict = classifyError(error)
    // The request itself was refused, which says nothing of the endpoint.
    if (unsent) return verdict?.kind === 'ignored' ? verdict : UNREACHABLE
    // A refused connection, say, to where the answer led: there was one.
    return verdict?.progress === 'unsent' ? { ...verdict, progress: 'sent' } : verdict
  }

  isWaiting(signal: AbortSignal): boolean {
    return this.#waiting.has(signal)
  }

  track(response: Response, onEnd: (error: unknown) => void): Response {
    if (response instanceof LeanResponse) response.whenEnded(onEnd)
    else onEnd(undefined)
    return response
  }

  timing(response: Response): Timing | undefined {
    return response instanceof LeanResponse ? response.timing : undefined
  }

  async warm(endpoint: Endpoint): Promise<void> {
    this.#leftEarly.delete(endpoint)
    const pools = await this.#load()
    // Nobody would close what is opened now.
    if (!this.#closed && !this.#leftEarly.has(endpoint)) await pools.warm(endpoint)
  }

  forget(endpoint: Endpoint): void {
    if (this.#pools === undefined) this.#leftEarly.add(endpoint)
    else this.#pools.forget(endpoint)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#pools?.close()
  }

  dispatcherOf(endpoint: Endpoint, origin: string, upgrade: boolean): Dispatcher {
    if (this.#closed || this.#pools === undefined) throw new Error('The transport is closed')
    return upgrade ? this.#pools.upgrading(endpoint) : this.#pools.of(endpoint, origin)
  }

  waits(signal: AbortSignal, waiting: boolean): void {
    if (waiting) this.#waiting.add(signal)
    else this.#waiting.delete(signal)
  }

  failed(error: Error, unsent: boolean): void {
    this.#failed.set(error, unsent)
  }

  #load(): Promise<Pools> {
    this.#loading ??= loadUndici().then((undici) => {
      this.#pools = new Pools(undici, this.#settings)
      return this.#pools
    })
    return this.#loading
  }
}

/**
 * Sends with undici's dispatcher, without its `fetch`, of which it does the same in a fraction of the time: connections of
 * its own to each endpoint, dialled at the endpoint's `address` while `Host` and TLS name the host of its URL.
 *
 * ```ts
 * const users = createBalancer({
 *   endpoints: [{ url: 'https://users.internal', address: '10.0.0.7' }, { url: 'https://users.internal', address: '10.0.0.8' }],
 *   transport: undiciTransport({ tls: { ca } }),
 * })
 * ```
 *
 * It needs the package `undici`, which is loaded with the first call or `ready()`, and Node or Deno: Bun's is not the real one.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function undiciTransport(options: UndiciTransportOptions = {}): Transport {
  if ('Bun' in globalThis)
    throw invalidConfig(
      'transport',
      'undiciTransport()',
      'fetchTransport() on Bun, whose undici has no connections of its own',
    )
  return new UndiciTransport(options)
}
