import type { LiveEndpoint } from '../core/endpoint.js'
import type { PickContext } from './policy.js'

/** What an endpoint that nobody has heard of scores while a call looks at it: above any real delay. */
export const EXPLORING = 1e12
/** A request in flight at a server is gone after a few services: so many mean latencies is a count worth half. */
const COUNT_LASTS = 20
/** News of an endpoint are worth half after as many rounds over all endpoints, however slow the rounds are. */
const ROUNDS = 2
/** Endpoints that were not heard of for long are taken to be this much slower than those that get the calls. */
const STALE = 1.5
/** Weight of the newest answer in what is known of all endpoints together. */
const SMOOTHING = 1 / 100
/** Time constant in which own answers are forgotten, in mean latencies. */
const OWN_LASTS = 10

/** Below this, in ms, a latency is as good as none: what coarse clocks measure is often 0. */
export const LEAST = 0.1

/** One row of numbers for each endpoint, by its index. */
const ORDER = 0
const HEARD = 1
const IN_FLIGHT = 2
const OWN = 3
const LATENCY = 4
const SILENT = 5
const WAITED = 6
const ANSWERS = 7
const COUNTED = 8
const HELD = 9
const GUESSED = 10
const ROW = 11

/**
 * How long one more call would take at each endpoint, from what endpoints report, what probes bring home,
 * and what this process sees for itself.
 *
 * All news age: the older they are, the nearer the estimate is to what all endpoints have in common. A
 * count of requests in flight is corrected by the calls that this process has begun and ended since. Where
 * an endpoint reports no latency, it is estimated from own calls as lifetimes are whose ends are not all
 * known: time waited by all calls, also those under way, over the number of answers.
 */
export class LoadEstimates {
  readonly #decay: number
  #rows = new Float64Array(16 * ROW).fill(-1)
  /** Of all endpoints that report, or that answered: smoothed over answers. */
  #latency = Number.NaN
  #inFlight = 0
  #gap = 0
  #lastAnswer = Number.NaN
  /** Set by `at`, for all reads of one pick. */
  #now = 0
  #halfLatency = 0
  #halfCount = 0
  #others = 0
  #stale = Number.NaN
  // Fractions that are found are left in fields: to return one, V8 may wrap it in an object.
  /** What `recall` found: when there was news; NaN for never, or when it failed and it is too early to look again. */
  heardAt = Number.NaN
  /** What `assess` found: latency in ms at its load as it was last heard of; NaN when nothing is known. */
  expectedLatency = Number.NaN
  /** What `assess` found: requests in flight there, of all clients as far as they are known. */
  expectedInFlight = 0

  constructor(decay: number) {
    this.#decay = decay
  }

  /** The smoothed latency of answers; NaN before the first. */
  get typicalLatency(): number {
    return this.#latency
  }

  /** Fixes the time for the reads that follow. */
  at({ now }: PickContext, size: number): void {
    this.#now = now
    this.#halfLatency = Math.max(this.#decay, ROUNDS * size * this.#gap)
    this.#others = this.#inFlight
    this.#stale = STALE * this.#latency
    this.#halfCount = Number.isNaN(this.#latency) ? this.#decay : COUNT_LASTS * this.#latency
  }

  /** Finds `heardAt` of an endpoint. */
  recall(endpoint: LiveEndpoint): void {
    const row = this.#find(endpoint)
    const rows = this.#rows
    this.heardAt = rows[row + HELD]! > this.#now ? Number.NaN : rows[row + HEARD]!
  }

  /**
   * Estimates `expectedLatency` and `expectedInFlight` of an endpoint at the time given to `at`. In one go
   * and without a result object, since selection does this for every endpoint there is.
   */
  assess(endpoint: LiveEndpoint): void {
    const row = this.#find(endpoint)
    const rows = this.#rows
    const own = endpoint.inFlight
    const age = this.#now - rows[row + HEARD]!
    const reported = rows[row + IN_FLIGHT]!
    if (Number.isNaN(reported)) this.expectedInFlight = this.#others + own
    else {
      const half = this.#halfCount
      const then = this.#others + ((reported - this.#others) * half) / (half + age)
      const now = then + own - rows[row + OWN]!
      this.expectedInFlight = now > 0 ? now : 0
    }
    let known = rows[row + LATENCY]!
    if (Number.isNaN(known)) {
      // (W + m) / (N + 1): time waited and answers, with one answer of the mean to begin with.
      const since = Math.max(0, this.#now - rows[row + COUNTED]!)
      known = (rows[row + WAITED]! + own * since + this.#latency) / (rows[row + ANSWERS]! + 1)
    }
    const stale = this.#stale
    // While a call of ours waits there, time alone does not make it any faster.
    const lasts = (own > 0 && known > stale) || Number.isNaN(stale)
    const half = this.#halfLatency
    const faded = lasts ? known : stale + ((known - stale) * half) / (half + age)
    const waited = own > 0 ? this.#now - rows[row + SILENT]! : 0
    this.expectedLatency = waited > faded ? waited : faded
  }

  /** A call of ours begins; its endpoint does not count it yet. */
  started(endpoint: LiveEndpoint, now: number): void {
    const row = this.#find(endpoint)
    if (endpoint.inFlight === 0) this.#rows[row + SILENT] = now
    this.#count(row, endpoint.inFlight, now)
  }

  /** A call of ours has ended, and its endpoint does not count it any more. */
  ended(endpoint: LiveEndpoint, now: number): void {
    const row = this.#find(endpoint)
    this.#count(row, endpoint.inFlight + 1, now)
    this.#rows[row + SILENT] = now
  }

  /** An answer after `latency` ms, with what the endpoint said of itself. */
  answered(
    endpoint: LiveEndpoint,
    latency: number,
    reported: { readonly inFlight?: number | undefined; readonly latency?: number | undefined } | undefined,
    now: number,
  ): void {
    this.#rows[this.#find(endpoint) + ANSWERS]! += 1
    this.#learnGap(now)
    const { inFlight = Number.NaN, latency: theirs = Number.NaN } = reported ?? {}
    const seen = Math.max(LEAST, Number.isNaN(theirs) ? latency : theirs)
    const first = Number.isNaN(this.#latency)
    this.#latency = first ? seen : this.#latency + (seen - this.#latency) * SMOOTHING
    if (!Number.isNaN(inFlight)) this.#inFlight += (inFlight - this.#inFlight) * (first ? 1 : SMOOTHING)
    if (Number.isNaN(inFlight) && Number.isNaN(theirs) && this.#isReported(endpoint, now)) return
    this.heard(endpoint, inFlight, theirs, now)
  }

  /** Is what is known of it from a report or a probe, and still good? */
  #isReported(endpoint: LiveEndpoint, now: number): boolean {
    const row = this.#find(endpoint)
    const rows = this.#rows
    if (Number.isNaN(rows[row + IN_FLIGHT]!) && Number.isNaN(rows[row + LATENCY]!)) return false
    return rows[row + GUESSED] === 0 && now - rows[row + HEARD]! < this.#halfLatency
  }

  /** News that came with a report or a probe; NaN for what they did not tell. */
  heard(endpoint: LiveEndpoint, inFlight: number, latency: number, now: number): void {
    const row = this.#find(endpoint)
    const rows = this.#rows
    rows[row + HEARD] = now
    rows[row + IN_FLIGHT] = inFlight
    rows[row + OWN] = endpoint.inFlight
    rows[row + LATENCY] = latency
    rows[row + HELD] = 0
    rows[row + GUESSED] = 0
  }

  /** It took at least so long: a call that was given up. */
  atLeast(endpoint: LiveEndpoint, latency: number, now: number): void {
    this.assess(endpoint)
    if (!(latency > this.expectedLatency)) return
    const row = this.#find(endpoint)
    this.#rows[row + LATENCY] = latency
    this.#rows[row + HEARD] = now
    this.#rows[row + GUESSED] = 1
  }

  /** A failure: what was known does not hold, and it counts as an answer that took `penalty` ms. */
  failed(endpoint: LiveEndpoint, penalty: number, now: number): void {
    this.forget(endpoint)
    this.heard(endpoint, Number.NaN, penalty, now)
    const row = this.#find(endpoint)
    this.#rows[row + HELD] = now + penalty
    this.#rows[row + GUESSED] = 1
  }

  forget(endpoint: LiveEndpoint): void {
    this.#rows[this.#find(endpoint) + ORDER] = -1
  }

  /** How often answers come; a pause in which nothing was called, or the process was frozen, is not a rhythm. */
  #learnGap(now: number): void {
    if (!Number.isNaN(this.#lastAnswer)) {
      const gap = Math.min(this.#decay, now - this.#lastAnswer)
      this.#gap += (gap - this.#gap) * SMOOTHING
    }
    this.#lastAnswer = now
  }

  /** Adds up the time that own calls have waited there, the old fading away. */
  #count(row: number, inFlight: number, now: number): void {
    const rows = this.#rows
    const lasts = OWN_LASTS * this.#latency
    const since = Math.max(0, now - rows[row + COUNTED]!)
    rows[row + COUNTED] = now
    // Before any answer nothing is known of how long a while is.
    const kept = Number.isNaN(lasts) ? 1 : Math.exp(-since / lasts)
    const added = Number.isNaN(lasts) ? since : lasts * (1 - kept)
    rows[row + WAITED] = rows[row + WAITED]! * kept + inFlight * added
    rows[row + ANSWERS] = rows[row + ANSWERS]! * kept
  }

  /** Where its row begins; a new one when the index was another endpoint's. */
  #find({ index, order }: LiveEndpoint): number {
    const row = index * ROW
    if (this.#rows[row + ORDER] === order) return row
    if (row + ROW > this.#rows.length) {
      const rows = new Float64Array(2 * (row + ROW)).fill(-1)
      rows.set(this.#rows)
      this.#rows = rows
    }
    this.#rows.fill(Number.NaN, row, row + ROW)
    this.#rows[row + ORDER] = order
    this.#rows[row + WAITED] = 0
    this.#rows[row + ANSWERS] = 0
    this.#rows[row + COUNTED] = this.#now
    this.#rows[row + SILENT] = this.#now
    this.#rows[row + HELD] = 0
    this.#rows[row + GUESSED] = 0
    return row
  }
}
