import type { Endpoint } from '../core/endpoint.js'
import type { Random } from '../core/random.js'
import type { Transport } from '../transport/transport.js'
import type { Plan } from './check-scenario.js'
import { Job } from './job.js'
import type { Server } from './server.js'

/** What is drawn for attempts; all clients share it. */
export interface Network {
  readonly plan: Plan['network']
  readonly travel: Random
  /** Sizes of second and later attempts: that of the first one belongs to the request. */
  readonly sizes: Random
  readonly servers: ReadonlyMap<string, Server>
  readonly onAttempt: (server: Server) => void
}

/** Sends attempts of one client to simulated servers. */
export class SimulatedTransport implements Transport {
  /** The size of the request that is being sent now; NaN when it is sent again. */
  size = Number.NaN
  readonly #network: Network
  readonly #zone: string | undefined

  constructor(network: Network, zone: string | undefined) {
    this.#network = network
    this.#zone = zone
  }

  send(endpoint: Endpoint): Promise<Response> {
    const { plan, travel, sizes, servers, onAttempt } = this.#network
    const server = servers.get(endpoint.id)
    if (server === undefined) throw new Error(`There is no server ${endpoint.id}.`)
    const size = Number.isNaN(this.size) ? sizes() : this.size
    this.size = Number.NaN
    const far = this.#zone !== server.group.zone ? plan.crossZone : 0
    const way = plan.latency.mean === 0 ? far : far + plan.latency.at(travel())
    onAttempt(server)
    return new Promise((resolve, reject) => server.send(new Job(server, size, way, resolve, reject)))
  }
}
