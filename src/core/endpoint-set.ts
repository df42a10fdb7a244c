import { type EndpointSpec, Gate, LiveEndpoint, Trial } from './endpoint.js'
import type { EndpointTable } from './endpoint-table.js'
import { Pool } from './pool.js'
import type { PartsOf, Tier } from './tier.js'

const NO_PARTS: readonly string[] = []
const NOWHERE: readonly EndpointTable[] = []

/**
 * All endpoints of a balancer, the pools that calls choose from, and the endpoints that left the list
 * but still have calls to finish. The only writer of the tables.
 */
export class EndpointSet {
  readonly #byId = new Map<string, LiveEndpoint>()
  readonly #draining = new Map<string, LiveEndpoint>()
  readonly #partsOf: PartsOf
  readonly #pools: Pool[]
  /** The tables that each endpoint sits in, by its index. */
  readonly #seats: (readonly EndpointTable[])[] = []
  /** Indexes of endpoints that are gone, to be used again. */
  readonly #free: number[] = []
  #arrivals = 0
  /** Every endpoint. */
  readonly whole: Pool
  /** How many endpoints of the list are ejected. */
  ejected = 0
  /** Counts every change that can alter who is picked; whoever derives from it compares. */
  revision = 0

  constructor(partsOf: PartsOf = () => NO_PARTS) {
    this.#partsOf = partsOf
    this.whole = new Pool(() => true, partsOf)
    this.#pools = [this.whole]
  }

  /** All there is to choose from: the whole, and its subsets. */
  get pools(): readonly Pool[] {
    return this.#pools
  }

  /** The priorities of the whole, most preferred first. */
  get tiers(): readonly Tier[] {
    return this.whole.tiers
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

  /** The tables that an endpoint sits in. */
  tablesOf({ index }: LiveEndpoint): readonly EndpointTable[] {
    return this.#seats[index] ?? NOWHERE
  }

  /** Makes a pool of the endpoints that are accepted, now and later. */
  addPool(accepts: (endpoint: LiveEndpoint) => boolean): Pool {
    const pool = new Pool(accepts, this.#partsOf)
    this.#pools.push(pool)
    for (const endpoint of this.#byId.values()) {
      const seats = pool.add(endpoint)
      if (seats.length > 0) this.#seats[endpoint.index] = [...this.tablesOf(endpoint), ...seats]
    }
    this.revision++
    return pool
  }

  /** Lets go of a pool that nobody chooses from any more; the whole stays. */
  removePool(pool: Pool): void {
    const at = this.#pools.indexOf(pool)
    if (at < 1) return
    this.#pools.splice(at, 1)
    const gone = new Set(pool.tables())
    for (const { all } of pool.tiers) {
      for (let i = 0; i < all.total; i++) {
        const endpoint = all.at(i)
        this.#seats[endpoint.index] = this.tablesOf(endpoint).filter((table) => !gone.has(table))
      }
    }
    this.revision++
  }

  /** Adds an endpoint. One that is still draining comes back with all that was learned of it. */
  add(spec: EndpointSpec): LiveEndpoint {
    const returning = this.#draining.get(identity(spec))
    const endpoint =
      returning ?? new LiveEndpoint(spec, this.#arrivals++, this.#free.pop() ?? this.#seats.length)
    if (returning !== undefined) {
      this.#draining.delete(identity(spec))
      describe(returning, spec)
      returning.priority = spec.priority
      returning.gates &= ~Gate.REMOVED
      weigh(returning, spec.weight)
    }
    if (endpoint.gates & Gate.EJECTED) this.ejected++
    this.#byId.set(endpoint.id, endpoint)
    this.#seat(endpoint)
    this.revision++
    return endpoint
  }

  /** Takes over what a new description says of an endpoint that stays. */
  update(endpoint: LiveEndpoint, spec: EndpointSpec): void {
    const before = endpoint.weight
    // Only weight leaves everything else as it is; the rest may decide which tables it belongs in.
    const moves = movesWith(endpoint, spec)
    if (moves) this.#unseat(endpoint)
    describe(endpoint, spec)
    endpoint.priority = spec.priority
    weigh(endpoint, spec.weight)
    if (moves) {
      this.#seat(endpoint)
      this.#prune()
    } else if (before !== spec.weight) {
      for (const table of this.tablesOf(endpoint)) table.reweighed(endpoint, before)
    }
    this.revision++
  }

  /** Takes an endpoint out. True when it has nothing left to finish. */
  remove(endpoint: LiveEndpoint): boolean {
    this.#unseat(endpoint)
    this.#prune()
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

  /** A call is under way there now. */
  begin(endpoint: LiveEndpoint): void {
    endpoint.inFlight++
    for (const table of this.tablesOf(endpoint)) table.inFlight++
  }

  /** A call there has ended. */
  end(endpoint: LiveEndpoint): void {
    endpoint.inFlight--
    for (const table of this.tablesOf(endpoint)) table.inFlight--
  }

  /** How many endpoints may be picked without panic. */
  get eligible(): number {
    return this.whole.eligible
  }

  /** How many endpoints have a weight above 0. */
  get weighted(): number {
    return this.whole.weighted
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
    if ((gates & Gate.REMOVED) !== 0) return
    this.ejected += change
    for (const table of this.tablesOf(endpoint)) table.regate(endpoint)
    this.revision++
  }

  #seat(endpoint: LiveEndpoint): void {
    const [whole, ...subsets] = this.#pools.map((pool) => pool.add(endpoint))
    this.#seats[endpoint.index] = subsets.length === 0 ? whole! : [...whole!, ...subsets.flat()]
  }

  #unseat(endpoint: LiveEndpoint): void {
    for (const table of this.tablesOf(endpoint)) table.remove(endpoint)
    this.#seats[endpoint.index] = NOWHERE
  }

  #prune(): void {
    for (const pool of this.#pools) pool.prune()
  }
}

function movesWith(endpoint: LiveEndpoint, { priority, zone, region, metadata }: EndpointSpec): boolean {
  return (
    endpoint.priority !== priority ||
    endpoint.zone !== zone ||
    endpoint.region !== region ||
    endpoint.metadata !== metadata
  )
}

function describe(endpoint: LiveEndpoint, spec: EndpointSpec): void {
  endpoint.zone = spec.zone
  endpoint.region = spec.region
  endpoint.metadata = spec.metadata
}

function weigh(endpoint: LiveEndpoint, weight: number): void {
  endpoint.weight = weight
  endpoint.effectiveWeight = weight
  endpoint.gates = weight > 0 ? endpoint.gates & ~Gate.WEIGHT : endpoint.gates | Gate.WEIGHT
}

/** An id that comes back with another URL is another endpoint: nothing learned of the old one holds. */
function identity(endpoint: { readonly id: string; readonly url: string }): string {
  return `${endpoint.id} ${endpoint.url}`
}
