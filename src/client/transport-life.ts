import type { Endpoint } from '../core/endpoint.js'
import type { Transport } from '../transport/transport.js'
import type { Engine } from './engine.js'

/** Tells a transport which endpoints there are: what it keeps for them, and opens ahead, is its own affair. */
export class TransportLife {
  readonly #transport: Transport
  readonly #engine: Engine
  #begun = false

  constructor(transport: Transport, engine: Engine) {
    this.#transport = transport
    this.#engine = engine
    const { events } = engine
    if (transport.forget !== undefined) events.on('drained', ({ endpoint }) => transport.forget?.(endpoint))
    if (transport.warm !== undefined)
      events.on('endpointadded', ({ endpoint }) => {
        if (this.#begun) this.#open(endpoint).catch(leaveToCalls)
      })
  }

  /** Calls come from now on. */
  begin(): void {
    if (!this.#begun) this.warm()?.catch(leaveToCalls)
  }

  /** Calls are about to come. Resolves when what is opened ahead is open, or cannot be; rejects if it is no use to call. */
  warm(): Promise<unknown> | undefined {
    this.#begun = true
    if (this.#transport.warm === undefined) return undefined
    return Promise.all([...this.#engine.endpoints.all()].map((endpoint) => this.#open(endpoint)))
  }

  /** Whatever it does, it does it to its promise: calls do not fail for it, nor listeners. */
  async #open(endpoint: Endpoint): Promise<void> {
    await this.#transport.warm?.(endpoint)
  }
}

/** Whatever is wrong, calls meet it themselves and say so. */
function leaveToCalls(): void {}
