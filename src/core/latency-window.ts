/** Buckets to a doubling: what comes out is at most 2 ** (1 / 8) = 9 % too high. */
const PER_DOUBLING = 8
/** The upper limit of the first bucket, in ms: less is as good as nothing. */
const LEAST = 0.1
/** 0.1 ms x 2 ** 24 is half an hour. */
const BUCKETS = 24 * PER_DOUBLING
/** Each of the two halves of the window lasts that long, in ms, or longer when few calls come. */
const HALF = 5_000
/** A half that knows less is not ended yet: an instance with a call a minute has to learn, too. */
const ENOUGH = 20
/** How long a quantile that was found is good for, in ms, and for how many more latencies: 1 in 8. */
const FRESH = 200
const GROWTH = 1 / 8

/**
 * The latencies of the last five to ten seconds, or of the last twenty to forty calls where that takes
 * longer, in a histogram of logarithmic buckets: O(1) to enter one, and it allocates nothing.
 */
export class LatencyWindow {
  #current = new Uint32Array(BUCKETS)
  #before = new Uint32Array(BUCKETS)
  #count = 0
  #countBefore = 0
  #startedAt = Number.NaN
  /** The quantile that was asked for last, and what it was found to be. */
  #asked = Number.NaN
  #found = Number.NaN
  #foundAt = Number.NEGATIVE_INFINITY
  #foundFrom = 0

  /** Enters the latency of an attempt, in ms: what it took, or what was waited for it at the least. */
  record(latency: number, now: number): void {
    if (!(now - this.#startedAt < HALF)) this.#turn(now)
    this.#current[bucketOf(latency)]!++
    this.#count++
  }

  /**
   * The latency in ms that a share `q` of them did not exceed; NaN when there are too few to tell, which
   * for 0.95 is less than twenty.
   */
  quantile(q: number, now: number): number {
    const total = this.#count + this.#countBefore
    if (total * (1 - q) < 1 - 1e-9) return Number.NaN
    const isFresh = now - this.#foundAt < FRESH && Math.abs(total - this.#foundFrom) <= total * GROWTH
    if (q === this.#asked && isFresh) return this.#found
    this.#asked = q
    this.#foundAt = now
    this.#foundFrom = total
    this.#found = this.#find(q * total)
    return this.#found
  }

  #find(rank: number): number {
    let below = 0
    for (let i = 0; i < BUCKETS; i++) {
      below += this.#current[i]! + this.#before[i]!
      if (below >= rank) return LEAST * 2 ** (i / PER_DOUBLING)
    }
    return Number.NaN
  }

  #turn(now: number): void {
    if (Number.isNaN(this.#startedAt)) this.#startedAt = now
    if (now - this.#startedAt < HALF || this.#count < ENOUGH) return
    const oldest = this.#before
    this.#before = this.#current
    this.#countBefore = this.#count
    this.#current = oldest.fill(0)
    this.#count = 0
    this.#startedAt = now
  }
}

function bucketOf(latency: number): number {
  if (!(latency > LEAST)) return 0
  return Math.min(BUCKETS - 1, Math.ceil(PER_DOUBLING * Math.log2(latency / LEAST)))
}
