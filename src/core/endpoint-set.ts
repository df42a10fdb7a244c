import { type EndpointSpec, Gate, LiveEndpoint, Trial, UNLIMITED } from './endpoint.js'
import { describe, identity, movesWith, use, weigh } from './endpoint-changes.js'
import type { EndpointTable } from './endpoint-table.js'
import { Pool } from './pool.js'
import { Roster } from './roster.js'
import type { PartsOf, Tier } from './tier.js'

/** How much of each endpoint of a priority this process uses, 0 to 1. */
export type Shares = (endpoints: readonly LiveEndpoint[]) => ArrayLike<number>

const NO_PARTS: readonly string[] = []
const NOWHERE: readonly EndpointTable[] = []

/**
 * All endpoints of a balancer, the pools that calls choose from, and the endpoints that left the list
 * but still have calls to finish. The only writer of the tables.
 */
export class EndpointSet {
  readonly #roster = new Roster()
  readonly #draining = new Map<string, LiveEndpoint>()
  readonly #partsOf: PartsOf
  readonly #subset: Shares | undefined
  readonly #flat: boolean
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
  /** Calls of this process that are under way, at all endpoints. */
  inFlight = 0
  /** How many may be under way at an endpoint that is new. */
  limit = UNLIMITED
  /** Counts every change that can alter who is picked; whoever derives from it compares. */
  revision = 0

  /** `flat`: all priorities are one, for a policy that ranks endpoints itself. */
  constructor(partsOf: PartsOf = () => NO_PARTS, subset?: Shares, flat = false) {
    this.#partsOf = partsOf
    this.#subset = subset
    this.#flat = flat
    this.whole = new Pool(() => true, partsOf, flat)
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
    return this.#roster.size
  }

  get(id: string): LiveEndpoint | undefined {
    return this.#roster.get(id)
  }

  /** The endpoints of the list, in order of arrival. */
  all(): IterableIterator<LiveEndpoint> {
    return this.#roster.all()
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
  addPool(accepts: (endpoint: LiveEndpoint) => boolean, subset?: Readonly<Record<string, unknown>>): Pool {
    const pool = new Pool(accepts, this.#partsOf, this.#flat, subset)
    this.#pools.push(pool)
    for (const endpoint of this.#roster.all()) {
      if (endpoint.share === 0) continue
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
    const returning = this.#draining.size > 0 ? this.#draining.get(identity(spec)) : undefined
    const endpoint =
      returning ?? new LiveEndpoint(spec, this.#arrivals++, this.#free.pop() ?? this.#seats.length)
    if (returning !== undefined) {
      this.#draining.delete(identity(spec))
      describe(returning, spec)
      returning.priority = spec.priority
      returning.gates &= ~Gate.REMOVED
      weigh(returning, spec.weight)
    }
    if (returning === undefined) endpoint.limit = this.limit
    if (this.#subset !== undefined && returning === undefined) use(endpoint, 0)
    this.#roster.add(endpoint)
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
    this.#roster.remove(endpoint)
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
    const known = this.#draining.size > 0 && this.#draining.delete(identity(endpoint))
    if (known) this.#free.push(endpoint.index)
    return known
  }

  /** Decides anew, after a list has been taken over, which endpoints this process uses. */
  resubset(): void {
    if (this.#subset === undefined) return
    const byPriority = new Map<number, LiveEndpoint[]>()
    for (const endpoint of this.#roster.all()) {
      const members = byPriority.get(endpoint.priority)
      if (members === undefined) byPriority.set(endpoint.priority, [endpoint])
      else members.push(endpoint)
    }
    for (const members of byPriority.values()) {
      const shares = this.#subset(members)
      for (const [i, endpoint] of members.entries()) this.#reshare(endpoint, shares[i] ?? 0)
    }
    this.#prune()
  }

  #reshare(endpoint: LiveEndpoint, share: number): void {
    if (endpoint.share === share) return
    this.#unseat(endpoint)
    use(endpoint, share)
    this.#seat(endpoint)
    this.revision++
  }

  /** How far an endpoint has warmed up: policies read it, and no index has to be built anew. */
  warm(endpoint: LiveEndpoint, warmth: number): void {
    endpoint.warmth = warmth
    weigh(endpoint, endpoint.weight)
  }

  /** What tracked checks add to an endpoint's rank. */
  rank(endpoint: LiveEndpoint, tracked: number): void {
    if (endpoint.tracked === tracked) return
    endpoint.tracked = tracked
    for (const table of this.tablesOf(endpoint)) table.changes++
    this.revision++
  }

  /** A call is under way there now. */
  begin(endpoint: LiveEndpoint): void {
    this.inFlight++
    endpoint.inFlight++
    for (const table of this.tablesOf(endpoint)) table.inFlight++
    if (endpoint.inFlight >= endpoint.limit) this.close(endpoint, Gate.FULL)
  }

  /** A call there has ended. */
  end(endpoint: LiveEndpoint): void {
    this.inFlight--
    endpoint.inFlight--
    for (const table of this.tablesOf(endpoint)) table.inFlight--
    if (endpoint.gates & Gate.FULL && endpoint.inFlight < endpoint.limit) this.open(endpoint, Gate.FULL)
  }

  /** From now on so many calls may be under way at an endpoint; those that are too many go on to their end. */
  limitTo(endpoint: LiveEndpoint, limit: number): void {
    endpoint.limit = limit
    if (endpoint.inFlight >= limit) this.close(endpoint, Gate.FULL)
    else this.open(endpoint, Gate.FULL)
  }

  /** How many endpoints are well, whether or not they have room for another call. */
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
    const onlyRoom = (gates | Gate.FULL) === (endpoint.gates | Gate.FULL)
    endpoint.gates = gates
    if (this.tablesOf(endpoint).length === 0) return
    this.ejected += change
    for (const table of this.tablesOf(endpoint)) table.regate(endpoint)
    // Calls that begin and end leave the shares of priorities and zones as they are.
    if (!onlyRoom) this.revision++
  }

  #seat(endpoint: LiveEndpoint): void {
    if (endpoint.share === 0) {
      this.#seats[endpoint.index] = NOWHERE
      return
    }
    if (endpoint.gates & Gate.EJECTED) this.ejected++
    let seats = NOWHERE
    for (const pool of this.#pools) {
      const more = pool.add(endpoint)
      if (more.length > 0) seats = seats.length === 0 ? more : seats.concat(more)
    }
    this.#seats[endpoint.index] = seats
  }

  #unseat(endpoint: LiveEndpoint): void {
    if (this.tablesOf(endpoint).length > 0 && endpoint.gates & Gate.EJECTED) this.ejected--
    for (const table of this.tablesOf(endpoint)) table.remove(endpoint)
    this.#seats[endpoint.index] = NOWHERE
  }

  #prune(): void {
    for (const pool of this.#pools) pool.prune()
  }
}
