import { reportUncaught } from '../core/uncaught.js'
import type { Transport } from '../transport/transport.js'
import type { Engine } from './engine.js'

/** Tells a transport which endpoints there are: what it keeps for them, and opens ahead, is its own affair. */
export class TransportLife {
  readonly #transport: Transport
  readonly #engine: Engine
  #warm = false

  constructor(transport: Transport, engine: Engine) {
    this.#transport = transport
    this.#engine = engine
    const { events } = engine
    if (transport.forget !== undefined) events.on('drained', ({ endpoint }) => transport.forget?.(endpoint))
    if (transport.warm !== undefined)
      events.on('endpointadded', ({ endpoint }) => {
        if (this.#warm) transport.warm?.(endpoint)?.catch(reportUncaught)
      })
  }

  /** Calls come, or are about to. Resolves when what is opened ahead is open, or cannot be. */
  warm(): Promise<unknown> | undefined {
    if (this.#warm || this.#transport.warm === undefined) return undefined
    this.#warm = true
    const opening = [...this.#engine.endpoints.all()].flatMap(
      (endpoint) => this.#transport.warm?.(endpoint) ?? [],
    )
    return opening.length === 0 ? undefined : Promise.allSettled(opening)
  }
}
