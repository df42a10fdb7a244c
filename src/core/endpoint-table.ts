import { Gate, type LiveEndpoint } from './endpoint.js'

/**
 * Endpoints that are chosen from together, in one dense array, sorted into five runs:
 *
 *     [ free ... | ejected, which panic mode may use ... | full ... | ejected and full ... | out ... ]
 *
 * A full endpoint is as well as a free one: it is eligible, and only not to be picked before one of its calls
 * has ended. So how many are full changes neither panic nor where traffic goes in general.
 *
 * Changing runs is a swap and a counter at each border crossed; adding is a push and swaps. All of
 * it is O(1) and allocates nothing, so a storm of ejections costs no more than the calls that
 * caused it. What policies see is the prefix `[0, size)`.
 */
export class EndpointTable {
  /** How many may be picked now without panic. */
  free = 0
  /** Where the second, third and fourth run end. */
  #open = 0
  #busy = 0
  #known = 0
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
    return this.panic ? this.#open : this.free
  }

  /** How many are well, whether or not they have room for another call. */
  get eligible(): number {
    return this.free + this.#busy - this.#open
  }

  /** The eligible ones and those that only outlier detection keeps out. */
  get usable(): number {
    return this.#known
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

  /** Of those that are well, the free ones first. */
  wellAt(index: number): LiveEndpoint {
    return this.at(index < this.free ? index : this.#open + index - this.free)
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
    this.#move(endpoint, OUT)
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
    const run = runOf(endpoint.gates)
    const before = this.#runAt(this.slotOf(endpoint))
    // Whether it is full says nothing of how it is: the first run and the third are the same then, and so are the others.
    if (run === OUT || before === OUT || ((run ^ before) & 1) !== 0) this.changes++
    this.#move(endpoint, run)
  }

  #runAt(slot: number): number {
    if (slot < this.#open) return slot < this.free ? 0 : 1
    if (slot < this.#known) return slot < this.#busy ? 2 : 3
    return OUT
  }

  /** One border after the other: towards the front, or towards the end. */
  #move(endpoint: LiveEndpoint, run: number): void {
    let slot = this.slotOf(endpoint)
    if (run < OUT && slot >= this.#known) slot = this.#swap(slot, this.#known++)
    if (run < 3 && slot >= this.#busy) slot = this.#swap(slot, this.#busy++)
    if (run < 2 && slot >= this.#open) slot = this.#swap(slot, this.#open++)
    if (run < 1 && slot >= this.free) slot = this.#swap(slot, this.free++)
    if (run > 0 && slot < this.free) slot = this.#swap(slot, --this.free)
    if (run > 1 && slot < this.#open) slot = this.#swap(slot, --this.#open)
    if (run > 2 && slot < this.#busy) slot = this.#swap(slot, --this.#busy)
    if (run > 3 && slot < this.#known) this.#swap(slot, --this.#known)
  }

  /** Says where the first of the two is now. */
  #swap(a: number, b: number): number {
    const members = this.#members
    const first = members[a] as LiveEndpoint
    const second = members[b] as LiveEndpoint
    members[a] = second
    members[b] = first
    this.#slots[second.index] = a
    this.#slots[first.index] = b
    return b
  }
}

/** The last run. */
const OUT = 4

function runOf(gates: number): number {
  switch (gates) {
    case 0:
      return 0
    case Gate.EJECTED:
      return 1
    case Gate.FULL:
      return 2
    case Gate.EJECTED | Gate.FULL:
      return 3
    default:
      return OUT
  }
}

/** Room for this index and as many again, so that filling a table costs O(n) in all. */
function grown(slots: Int32Array<ArrayBuffer>, index: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * (index + 1)).fill(-1)
  larger.set(slots)
  return larger
}
