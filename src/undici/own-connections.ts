import type { Balancer } from '../client/balancer.js'
import type { Endpoint } from '../core/endpoint.js'
import { UndiciTransport } from '../node/transport/undici-transport.js'

/** Connections to the endpoints of balancers that have no transport of their own, which let go of endpoints that have left. */
export class OwnConnections {
  readonly transport = new UndiciTransport()
  /** Whose endpoints they are to, and how to listen to it no more. */
  readonly #served = new Map<Balancer, () => void>()

  /** A balancer sends over them. */
  serve(balancer: Balancer): void {
    if (this.#served.has(balancer)) return
    const forget = ({ endpoint }: { readonly endpoint: Endpoint }) => this.transport.forget(endpoint)
    const forgetAll = () => {
      for (const endpoint of balancer.endpoints()) this.transport.forget(endpoint)
    }
    balancer.on('drained', forget).on('closed', forgetAll)
    this.#served.set(balancer, () => balancer.off('drained', forget).off('closed', forgetAll))
  }

  close(): Promise<void> {
    for (const leave of this.#served.values()) leave()
    this.#served.clear()
    return this.transport.close()
  }
}
