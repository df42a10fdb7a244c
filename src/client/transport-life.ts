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
        if (this.#begun) transport.warm?.(endpoint)?.catch(leaveToCalls)
      })
  }

  /** Calls come from now on. */
  begin(): void {
    if (!this.#begun) this.warm()?.catch(leaveToCalls)
  }

  /** Calls are about to come. Resolves when what is opened ahead is open, or cannot be; rejects if it is no use to call. */
  warm(): Promise<unknown> | undefined {
    this.#begun = true
    const { warm } = this.#transport
    if (warm === undefined) return undefined
    const opening = [...this.#engine.endpoints.all()].map((endpoint) => warm.call(this.#transport, endpoint))
    return Promise.all(opening)
  }
}

/** Whatever is wrong, calls meet it themselves and say so. */
function leaveToCalls(): void {}
