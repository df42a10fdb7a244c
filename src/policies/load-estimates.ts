import type { LiveEndpoint } from '../core/endpoint.js'
import { grownRows } from '../core/grown-rows.js'
import type { Outcome } from '../core/outcome.js'
import type { PickContext } from './policy.js'
import { WaitLedger } from './wait-ledger.js'
import { IN_FLIGHT, LASTING_WAIT, PAUSED_UNTIL, QUICK_WAIT } from './wait-table.js'

/** What an endpoint that nobody has heard of scores while a call looks at it: above any real delay. */
export const EXPLORING = 1e12
/** Requests in flight at a server are gone after a few services: so many of its latencies is a count worth half. */
const COUNT_LASTS = 4
/** Those that were not heard of for long are taken to be this much slower than those that get the calls. */
const STALE = 1.5
/** Weight of the newest answer in what is known of all endpoints together. */
const SMOOTHING = 1 / 100

/** Below this, in ms, a latency is as good as none: what coarse clocks measure is often 0. */
export const LEAST = 0.1

/** One row of numbers for each endpoint, by its index. */
const ORDER = 0
const HEARD = 1
const COUNT = 2
/** Own calls under way when it was heard of. */
const OWN = 3
const LATENCY = 4
/** How much the ledger's memories had faded when it was heard of. */
const QUICK = 5
const LASTING = 6
const ROW = 7

/**
 * How long one more call would take at each endpoint, from what endpoints report, what probes bring home,
 * and what this process sees for itself.
 *
 * The latency is that of {@link WaitLedger}, time waited over answers, with a report in the place of the
 * mean: `(W + reported) / (N + 1)`. So a report decides where own calls say little, and own calls where a
 * report is late. A report ages as fast as the ledger forgets: the older it is, the nearer to what all
 * endpoints have in common. A count of requests in flight ages with the latency of its endpoint, and is
 * corrected by the calls that this process has begun and ended since.
 */
export class LoadEstimates {
  readonly #ledger = new WaitLedger()
  #rows = new Float64Array(16 * ROW).fill(-1)
  /** Requests in flight that are reported, smoothed over answers. */
  #inFlight = 0
  /** How much longer own calls take than servers say, on average: what the network adds. */
  #apart = 0
  #reports = 0
  /** Set by `at`, for all reads of one pick. */
  #now = 0
  #mean = 0
  /** What `recall` found: when there was news; NaN for never, or when it failed and it is too early to look again. */
  heardAt = Number.NaN
  /** What `assess` found: latency in ms at its present load; NaN when nothing is known. */
  expectedLatency = Number.NaN
  /** What `assess` found: requests in flight there, of all clients as far as they are known. */
  expectedInFlight = 0

  /** The mean latency of answers; NaN before the first. */
  get typicalLatency(): number {
    return this.#ledger.mean || Number.NaN
  }

  /** Fixes the time for the reads that follow. */
  at({ now }: PickContext): void {
    this.#now = now
    this.#ledger.moveTo(now)
    this.#mean = this.#ledger.mean || 1
  }

  /** Finds `heardAt` of an endpoint. */
  recall(endpoint: LiveEndpoint): void {
    const { table } = this.#ledger
    const held = table.rows[table.rowOf(endpoint) + PAUSED_UNTIL]! > this.#now
    this.heardAt = held ? Number.NaN : this.#rows[this.#find(endpoint) + HEARD]!
  }

  /**
   * Estimates `expectedLatency` and `expectedInFlight` of an endpoint at the time given to `at`. In one go
   * and without a result object, since selection does this for every endpoint there is.
   */
  assess(endpoint: LiveEndpoint): void {
    const row = this.#find(endpoint)
    const rows = this.#rows
    const mean = this.#mean
    const age = this.#now - rows[row + HEARD]!
    const reported = rows[row + LATENCY]!
    const latency = Number.isNaN(reported) ? mean : Math.max(LEAST, reported + this.#apart)
    const usual = this.#inFlight
    const lasts = COUNT_LASTS * latency
    const count = usual + ((rows[row + COUNT]! - usual) * lasts) / (lasts + age) - rows[row + OWN]!
    // Of one that reports no count, and of one that is new, only the own calls are known.
    this.expectedInFlight = Math.max(0, (Number.isNaN(count) ? usual : count) + endpoint.inFlight)
    const stale = STALE * mean
    // NaN for one that was never heard of.
    this.#assessLatency(endpoint, stale + (latency - stale) / (1 + this.#aged(row)))
  }

  #assessLatency(endpoint: LiveEndpoint, prior: number): void {
    const { table, steady, quick, lasting } = this.#ledger
    const { scale, elapsed } = steady ? lasting : quick
    const row = table.rowOf(endpoint)
    const { rows } = table
    const wait = row + (steady ? LASTING_WAIT : QUICK_WAIT)
    const waited = rows[wait]! + rows[row + IN_FLIGHT]! * elapsed
    const pause = Math.max(0, rows[row + PAUSED_UNTIL]! - this.#now)
    this.expectedLatency = (waited + prior * scale) / (rows[wait + 1]! + scale) + pause
  }

  /** A call of ours begins; its endpoint does not count it yet. */
  started(endpoint: LiveEndpoint, now: number): void {
    this.#ledger.start(endpoint, now)
  }

  /** A call of ours has ended. A failure keeps others away for `pause` ms, if not 0, and nothing else is believed. */
  ended(endpoint: LiveEndpoint, outcome: Outcome, pause: number, now: number): void {
    this.#ledger.end(endpoint, outcome, pause, now)
    if (pause > 0) return this.heard(endpoint, Number.NaN, Number.NaN, now)
    if (outcome.kind === 'success' && outcome.latency >= 0) this.#answered(endpoint, outcome, now)
  }

  #answered(endpoint: LiveEndpoint, { latency, load }: Outcome, now: number): void {
    const { inFlight = Number.NaN, latency: theirs = Number.NaN } = load ?? {}
    if (inFlight >= 0) this.#inFlight += (inFlight - this.#inFlight) * (this.#reports++ === 0 ? 1 : SMOOTHING)
    if (theirs >= 0) this.#apart += (latency - theirs - this.#apart) * SMOOTHING
    // One that reports nothing was heard of all the same; but what a probe has found is not lost with that.
    const silent = Number.isNaN(inFlight) && Number.isNaN(theirs)
    if (!silent || !this.#isFresh(endpoint)) this.heard(endpoint, inFlight, theirs, now)
  }

  /** Is there a report of it that is still good? */
  #isFresh(endpoint: LiveEndpoint): boolean {
    const row = this.#find(endpoint)
    const rows = this.#rows
    if (Number.isNaN(rows[row + COUNT]!) && Number.isNaN(rows[row + LATENCY]!)) return false
    return this.#aged(row) < 1
  }

  /** How old the news in a row are: 1 when the memory that is believed has faded to `e ** -1` since. */
  #aged(row: number): number {
    const { steady, quick, lasting } = this.#ledger
    return steady ? lasting.faded - this.#rows[row + LASTING]! : quick.faded - this.#rows[row + QUICK]!
  }

  /** News that came with a report or a probe; NaN for what they did not tell. */
  heard(endpoint: LiveEndpoint, inFlight: number, latency: number, now: number): void {
    const row = this.#find(endpoint)
    const rows = this.#rows
    rows[row + HEARD] = now
    rows[row + COUNT] = inFlight
    rows[row + OWN] = endpoint.inFlight
    rows[row + LATENCY] = latency
    rows[row + QUICK] = this.#ledger.quick.faded
    rows[row + LASTING] = this.#ledger.lasting.faded
  }

  forget(endpoint: LiveEndpoint): void {
    this.#ledger.forget(endpoint)
    this.#rows[this.#find(endpoint) + ORDER] = -1
  }

  /** Where its row begins; a new one when the index was another endpoint's. */
  #find({ index, order }: LiveEndpoint): number {
    const row = index * ROW
    if (this.#rows[row + ORDER] !== order) this.#claim(order, row)
    return row
  }

  #claim(order: number, row: number): void {
    if (row >= this.#rows.length) this.#rows = grownRows(this.#rows, row, ROW, -1)
    this.#rows.fill(Number.NaN, row, row + ROW)
    this.#rows[row + ORDER] = order
  }
}
