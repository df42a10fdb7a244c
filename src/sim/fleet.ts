import type { EndpointOptions } from '../core/endpoint.js'
import type { Clock } from '../runtime/clock.js'
import type { Agenda } from './agenda.js'
import type { Plan } from './check-scenario.js'
import { Server } from './server.js'
import { stream } from './streams.js'

/** The servers, and which of them clients are told of. */
export class Fleet {
  readonly servers: readonly Server[]
  readonly byId: ReadonlyMap<string, Server>
  readonly #listed: Set<Server>

  constructor(plan: Plan, agenda: Agenda, clock: Clock, seed: number) {
    const faults = stream(seed, 'faults')
    this.servers = plan.groups.flatMap((group) =>
      Array.from(
        { length: group.count },
        (_, i) => new Server(group.first + i, group, agenda, clock, faults),
      ),
    )
    this.byId = new Map(this.servers.map((server) => [server.id, server]))
    this.#listed = new Set(this.servers)
    for (const change of plan.changes)
      if (change.kind === 'join')
        for (const number of change.servers) this.#listed.delete(this.servers[number]!)
  }

  list(server: Server, listed: boolean): void {
    if (listed) this.#listed.add(server)
    else this.#listed.delete(server)
  }

  /** As a discovery source would have it: in the order of the fleet. */
  endpoints(): EndpointOptions[] {
    return this.servers
      .filter((server) => this.#listed.has(server))
      .map(({ id, group: { weight, priority, zone } }) => ({
        id,
        url: `http://${id.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-')}.test`,
        weight,
        priority,
        ...(zone !== undefined && { zone }),
      }))
  }
}
