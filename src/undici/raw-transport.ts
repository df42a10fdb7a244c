import type { Endpoint } from '../core/endpoint.js'
import type { Timing } from '../core/outcome.js'
import type { RawOptions } from '../node/transport/raw-options.js'
import { rawRequest } from '../node/transport/raw-request.js'
import type { UndiciTransport } from '../node/transport/undici-transport.js'
import type { ErrorVerdict, Transport } from '../transport/transport.js'

/** Sends one dispatch as it is over the connections of another transport. */
export class RawTransport implements Transport {
  readonly #under: UndiciTransport
  readonly #options: RawOptions

  constructor(under: UndiciTransport, options: RawOptions) {
    this.#under = under
    this.#options = options
  }

  send(endpoint: Endpoint, url: string, init: RequestInit): Promise<Response> {
    return this.#under.sendRequest(endpoint, rawRequest(url, init, this.#options), init.signal)
  }

  classify(error: unknown): ErrorVerdict | undefined {
    return this.#under.classify(error)
  }

  isWaiting(signal: AbortSignal): boolean {
    return this.#under.isWaiting(signal)
  }

  track(response: Response, onEnd: (error: unknown) => void): Response {
    return this.#under.track(response, onEnd)
  }

  timing(response: Response): Timing | undefined {
    return this.#under.timing(response)
  }
}
