import { type EndpointSpec, Gate, LiveEndpoint, Trial } from './endpoint.js'
import { EndpointTable } from './endpoint-table.js'

/**
 * All endpoints of a balancer: one table per priority, and those that left the list but still have
 * calls to finish. The only writer of the tables.
 */
export class EndpointSet {
  readonly #byId = new Map<string, LiveEndpoint>()
  readonly #draining = new Map<string, LiveEndpoint>()
  readonly #tables: EndpointTable[] = []
  /** Indexes of endpoints that are gone, to be used again. */
  readonly #free: number[] = []
  #arrivals = 0
  #indexes = 0
  /** How many endpoints of the list are ejected. */
  ejected = 0
  /** Counts every change that can alter who is picked; whoever derives from it compares. */
  revision = 0

  /** The tables, most preferred priority first. */
  get tables(): readonly EndpointTable[] {
    return this.#tables
  }

  get count(): number {
    return this.#byId.size
  }

  get(id: string): LiveEndpoint | undefined {
    return this.#byId.get(id)
  }

  /** The endpoints of the list, in order of arrival. */
  all(): IterableIterator<LiveEndpoint> {
    return this.#byId.values()
  }

  /** Those that left the list and are finishing what they have. */
  draining(): IterableIterator<LiveEndpoint> {
    return this.#draining.values()
  }

  /** Adds an endpoint. One that is still draining comes back with all that was learned of it. */
  add(spec: EndpointSpec): LiveEndpoint {
    const returning = this.#draining.get(identity(spec))
    const endpoint =
      returning ?? new LiveEndpoint(spec, this.#arrivals++, this.#free.pop() ?? this.#indexes++)
    if (returning !== undefined) {
      this.#draining.delete(identity(spec))
      describe(returning, spec)
      returning.priority = spec.priority
      returning.weight = spec.weight
      returning.effectiveWeight = spec.weight
      const kept = returning.gates & ~(Gate.REMOVED | Gate.WEIGHT)
      returning.gates = spec.weight > 0 ? kept : kept | Gate.WEIGHT
    }
    if (endpoint.gates & Gate.EJECTED) this.ejected++
    this.#byId.set(endpoint.id, endpoint)
    this.#tableOf(endpoint.priority).add(endpoint)
    this.revision++
    return endpoint
  }

  /** Takes over what a new description says of an endpoint that stays. */
  update(endpoint: LiveEndpoint, spec: EndpointSpec): void {
    describe(endpoint, spec)
    if (endpoint.priority !== spec.priority) {
      this.#leaveTable(endpoint)
      endpoint.priority = spec.priority
      this.#tableOf(spec.priority).add(endpoint)
    }
    if (endpoint.weight !== spec.weight) this.#tableOf(endpoint.priority).reweigh(endpoint, spec.weight)
    this.revision++
  }

  /** Takes an endpoint out. True when it has nothing left to finish. */
  remove(endpoint: LiveEndpoint): boolean {
    this.#leaveTable(endpoint)
    this.#byId.delete(endpoint.id)
    if (endpoint.gates & Gate.EJECTED) this.ejected--
    endpoint.gates |= Gate.REMOVED
    endpoint.trial = Trial.NONE
    this.revision++
    if (endpoint.inFlight === 0) {
      this.#free.push(endpoint.index)
      return true
    }
    this.#draining.set(identity(endpoint), endpoint)
    return false
  }

  /** The last call of a removed endpoint has ended; false if that is known already. */
  drained(endpoint: LiveEndpoint): boolean {
    const known = this.#draining.delete(identity(endpoint))
    if (known) this.#free.push(endpoint.index)
    return known
  }

  /** How many endpoints may be picked without panic. */
  get eligible(): number {
    return this.#tables.reduce((sum, table) => sum + table.eligible, 0)
  }

  /** How many endpoints have a weight above 0. */
  get weighted(): number {
    return this.#tables.reduce((sum, table) => sum + table.weighted, 0)
  }

  /** Closes a gate in front of an endpoint. */
  close(endpoint: LiveEndpoint, gate: number): void {
    this.#regate(endpoint, endpoint.gates | gate)
  }

  /** Opens gates in front of an endpoint. */
  open(endpoint: LiveEndpoint, gate: number): void {
    this.#regate(endpoint, endpoint.gates & ~gate)
  }

  #regate(endpoint: LiveEndpoint, gates: number): void {
    if (endpoint.gates === gates) return
    const change = Number((gates & Gate.EJECTED) > 0) - Number((endpoint.gates & Gate.EJECTED) > 0)
    endpoint.gates = gates
    if ((endpoint.gates & Gate.REMOVED) !== 0) return
    this.ejected += change
    this.#tableOf(endpoint.priority).regate(endpoint)
    this.revision++
  }

  #tableOf(priority: number): EndpointTable {
    let index = 0
    for (const table of this.#tables) {
      if (table.priority === priority) return table
      if (table.priority > priority) break
      index++
    }
    const table = new EndpointTable(priority)
    this.#tables.splice(index, 0, table)
    return table
  }

  #leaveTable(endpoint: LiveEndpoint): void {
    const table = this.#tableOf(endpoint.priority)
    table.remove(endpoint)
    if (table.total === 0 && this.#tables.length > 1) this.#tables.splice(this.#tables.indexOf(table), 1)
  }
}

/** What may change of an endpoint without moving it. */
function describe(endpoint: LiveEndpoint, spec: EndpointSpec): void {
  endpoint.zone = spec.zone
  endpoint.region = spec.region
  endpoint.metadata = spec.metadata
}

/** An id that comes back with another URL is another endpoint: nothing learned of the old one holds. */
function identity(endpoint: { readonly id: string; readonly url: string }): string {
  return `${endpoint.id} ${endpoint.url}`
}
