import type { EndpointTable } from '../core/endpoint-table.js'
import type { Shortlist } from './shortlist.js'
import type { WaitLedger } from './wait-ledger.js'
import { IN_FLIGHT, LASTING_WAIT, QUICK_WAIT } from './wait-table.js'

/** Every so many picks there is a look at all that are compared. */
const EVERY = 8
/** Weight of the newest look. */
const SMOOTHING = 1 / 50
/** Fewer answers than this say nothing. */
const FEW = 0.05
/** No endpoint, however odd, says more than this: ten means away from the mean. */
const MOST = 100
/** The mean is never worth more answers than this. */
const LIMIT = 30

/**
 * How many answers the mean of all endpoints is worth against those of one.
 *
 * Where answers differ because requests do, what an endpoint's own answers say of it is luck, and to go by
 * luck is worse than to count. Where they differ because endpoints do, the mean says nothing. So the spread
 * of answers is compared with that between endpoints, of which the part that luck explains is taken off:
 * their ratio is the weight of the mean that gives the least error. It counts to the degree that there are
 * calls under way to go by instead: with less than one at each endpoint, one of many clients knows little by
 * counting.
 *
 * Source: Bühlmann, "Experience rating and credibility" (1967); it is the empirical Bayes estimate of Efron
 * and Morris (1975).
 */
export class Credibility {
  /** In answers, 1 or more. */
  weight = 1
  /** Variance between endpoints, in squares of the mean: as much as between answers, until something is known. */
  #between = 1
  /** Calls under way at each endpoint, on average. */
  #busy = 0
  #picks = 0

  /** A pick is being made among those on a list. */
  look(view: EndpointTable, shortlist: Shortlist, ledger: WaitLedger): void {
    this.#picks = (this.#picks + 1) % EVERY
    if (this.#picks > 0 || ledger.mean === 0) return
    this.#busy += (view.inFlight / view.size - this.#busy) * SMOOTHING
    this.#compare(shortlist, ledger)
    const ratio = this.#between > 0 ? ledger.spread / this.#between : LIMIT
    const countable = Math.min(1, this.#busy * this.#busy)
    this.weight = 1 + (Math.max(1, Math.min(LIMIT, ratio)) - 1) * countable
  }

  #compare(
    { endpoints, size }: Shortlist,
    { table, steady, quick, lasting, mean, spread }: WaitLedger,
  ): void {
    const { scale, elapsed } = steady ? lasting : quick
    const wait = steady ? LASTING_WAIT : QUICK_WAIT
    let sum = 0
    let weights = 0
    for (let i = 0; i < size; i++) {
      const row = table.rowOf(endpoints[i]!)
      const { rows } = table
      const answers = rows[row + wait + 1]! / scale
      if (answers < FEW) continue
      const waited = (rows[row + wait]! + rows[row + IN_FLIGHT]! * elapsed) / scale
      const distance = waited / (answers * mean) - 1
      const weight = answers / (answers + 1)
      // The mean of n answers lies as far as this from what it should be, by luck: spread / n.
      sum += weight * (Math.min(MOST, distance * distance) - spread / answers)
      weights += weight
    }
    if (weights > 0) this.#between += (sum / weights - this.#between) * SMOOTHING
  }
}
