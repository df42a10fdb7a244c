import { Gate, type LiveEndpoint } from './endpoint.js'

/**
 * Endpoints that are chosen from together, in one dense array, sorted into three runs:
 *
 *     [ eligible ... | ejected, which panic mode may use ... | out ... ]
 *
 * Changing runs is a swap and a counter at each border crossed; adding is a push and swaps. All of
 * it is O(1) and allocates nothing, so a storm of ejections costs no more than the calls that
 * caused it. What policies see is the prefix `[0, size)`.
 */
export class EndpointTable {
  /** How many may be picked when all is well. */
  eligible = 0
  /** The eligible ones and those that only outlier detection keeps out. */
  usable = 0
  /** How many have a weight above 0: the ones that a share of healthy endpoints is a share of. */
  weighted = 0
  /** Counts changes of membership and weight, so that a policy knows when its index is stale. */
  version = 0
  /** Counts every change, also of who may be picked and of ranks. */
  changes = 0
  /** Panic mode: too few are eligible, so the ejected ones are used too. Written by the tier. */
  panic = false
  /** Calls of this process that are under way at its members. */
  inFlight = 0
  readonly #members: LiveEndpoint[] = []
  /** Where each endpoint sits, by its index: an endpoint may be in several tables. */
  #slots = new Int32Array(16).fill(-1)

  /** How many endpoints a policy may pick from: those at `0 … size - 1`. */
  get size(): number {
    return this.panic ? this.usable : this.eligible
  }

  /** How many endpoints there are, whatever their state. */
  get total(): number {
    return this.#members.length
  }

  /** May all be picked that have a weight? Then nobody who draws by weight need ask for each. */
  get complete(): boolean {
    return this.size === this.weighted
  }

  at(index: number): LiveEndpoint {
    return this.#members[index] as LiveEndpoint
  }

  /** May this endpoint be picked? */
  has(endpoint: LiveEndpoint): boolean {
    const slot = this.slotOf(endpoint)
    return slot >= 0 && slot < this.size
  }

  /** Where it sits; -1 when it is not in this table. */
  slotOf(endpoint: LiveEndpoint): number {
    const slot = this.#slots[endpoint.index] ?? -1
    return slot >= 0 && this.#members[slot] === endpoint ? slot : -1
  }

  add(endpoint: LiveEndpoint): void {
    if (endpoint.index >= this.#slots.length) this.#slots = grown(this.#slots, endpoint.index)
    this.#slots[endpoint.index] = this.#members.length
    this.#members.push(endpoint)
    this.version++
    this.inFlight += endpoint.inFlight
    if (endpoint.weight > 0) this.weighted++
    this.regate(endpoint)
  }

  remove(endpoint: LiveEndpoint): void {
    this.changes++
    this.#sink(endpoint)
    const last = this.#members.length - 1
    this.#swap(this.slotOf(endpoint), last)
    this.#members.pop()
    this.#slots[endpoint.index] = -1
    this.version++
    this.inFlight -= endpoint.inFlight
    if (endpoint.weight > 0) this.weighted--
  }

  /** An endpoint of it has been given another weight than this one. */
  reweighed(endpoint: LiveEndpoint, before: number): void {
    this.weighted += Number(endpoint.weight > 0) - Number(before > 0)
    this.version++
    this.regate(endpoint)
  }

  /** Moves an endpoint to the run that its gates put it in. */
  regate(endpoint: LiveEndpoint): void {
    this.changes++
    const { gates } = endpoint
    const run = gates === 0 ? 0 : gates === Gate.EJECTED ? 1 : 2
    if (run === 2) return this.#sink(endpoint)
    if (this.slotOf(endpoint) >= this.usable) this.#swap(this.slotOf(endpoint), this.usable++)
    const slot = this.slotOf(endpoint)
    if (run === 0) {
      if (slot >= this.eligible) this.#swap(slot, this.eligible++)
    } else if (slot < this.eligible) this.#swap(slot, --this.eligible)
  }

  /** To the last run. */
  #sink(endpoint: LiveEndpoint): void {
    if (this.slotOf(endpoint) < this.eligible) this.#swap(this.slotOf(endpoint), --this.eligible)
    if (this.slotOf(endpoint) < this.usable) this.#swap(this.slotOf(endpoint), --this.usable)
  }

  #swap(a: number, b: number): void {
    const members = this.#members
    const first = members[a] as LiveEndpoint
    const second = members[b] as LiveEndpoint
    members[a] = second
    members[b] = first
    this.#slots[second.index] = a
    this.#slots[first.index] = b
  }
}

/** Room for this index and as many again, so that filling a table costs O(n) in all. */
function grown(slots: Int32Array<ArrayBuffer>, index: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * (index + 1)).fill(-1)
  larger.set(slots)
  return larger
}
