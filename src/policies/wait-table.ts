import type { LiveEndpoint } from '../core/endpoint.js'
import { grownRows } from '../core/grown-rows.js'
import type { FadingTime } from './fading-time.js'

/** Numbers in a row: 16 doubles, two cache lines, of which a pick reads the first. */
const ROW = 16
/**
 * What is where. A sum of waits is kept without those under way: less the `elapsed` at which each of them
 * began, so that `wait + inFlight * elapsed` is the sum with all of them at any time.
 */
export const QUICK_WAIT = 0
const QUICK_ANSWERS = 1
export const LASTING_WAIT = 2
const LASTING_ANSWERS = 3
export const IN_FLIGHT = 4
/** Until when a failure keeps calls away, and when it came. */
export const PAUSED_UNTIL = 5
const OWNER = 6
const PAUSED_AT = 8
/** Sums of the `elapsed` at which the calls under way began. */
const QUICK_BEGUN = 9
const LASTING_BEGUN = 10
/** What the two memories made of the endpoint when its last call began. */
const QUICK_FORETOLD = 11
const LASTING_FORETOLD = 12

/** The rows of {@link WaitLedger}, one for each endpoint, by its index. */
export class WaitTable {
  rows = new Float64Array(16 * ROW)

  constructor() {
    this.#disown(0)
  }

  /** Where the endpoint's row begins; a row that was another's is cleared. */
  rowOf({ index, order }: LiveEndpoint): number {
    const row = index * ROW
    // One comparison, since a pick asks this of every endpoint: a row that there is not yet is nobody's.
    if (this.rows[row + OWNER] !== order) this.#claim(index, order)
    return row
  }

  begin(row: number, quick: number, lasting: number): void {
    const { rows } = this
    rows[row + IN_FLIGHT]! += 1
    rows[row + QUICK_WAIT]! -= quick
    rows[row + QUICK_BEGUN]! += quick
    rows[row + LASTING_WAIT]! -= lasting
    rows[row + LASTING_BEGUN]! += lasting
  }

  /** Enters a wait that is over; one whose begin was not seen by its latency. */
  end(row: number, latency: number, quick: FadingTime, lasting: FadingTime): void {
    const { rows } = this
    const inFlight = rows[row + IN_FLIGHT]!
    if (inFlight === 0) {
      rows[row + QUICK_WAIT]! += latency * quick.scale
      rows[row + LASTING_WAIT]! += latency * lasting.scale
      return
    }
    rows[row + QUICK_WAIT]! += quick.elapsed
    rows[row + LASTING_WAIT]! += lasting.elapsed
    this.#leave(row, inFlight)
  }

  /** Takes a wait back. Which one is not known, so it is a mean one of those under way. */
  withdraw(row: number): void {
    const { rows } = this
    const inFlight = rows[row + IN_FLIGHT]!
    if (inFlight === 0) return
    rows[row + QUICK_WAIT]! += rows[row + QUICK_BEGUN]! / inFlight
    rows[row + LASTING_WAIT]! += rows[row + LASTING_BEGUN]! / inFlight
    this.#leave(row, inFlight)
  }

  answered(row: number, latency: number, now: number, quick: number, lasting: number): void {
    const { rows } = this
    rows[row + QUICK_ANSWERS]! += quick
    rows[row + LASTING_ANSWERS]! += lasting
    // A call that began after the failure was answered: it is over.
    if (now - latency >= rows[row + PAUSED_AT]!) rows[row + PAUSED_UNTIL] = 0
  }

  pause(row: number, now: number, until: number): void {
    const { rows } = this
    rows[row + PAUSED_AT] = now
    rows[row + PAUSED_UNTIL] = Math.max(until, rows[row + PAUSED_UNTIL]!)
  }

  foretell(row: number, quick: number, lasting: number): void {
    this.rows[row + QUICK_FORETOLD] = quick
    this.rows[row + LASTING_FORETOLD] = lasting
  }

  foretoldQuick(row: number): number {
    return this.rows[row + QUICK_FORETOLD]!
  }

  foretoldLasting(row: number): number {
    return this.rows[row + LASTING_FORETOLD]!
  }

  quickEstimate(row: number, time: FadingTime, mean: number): number {
    return this.#estimate(row + QUICK_WAIT, this.rows[row + IN_FLIGHT]!, time, mean)
  }

  lastingEstimate(row: number, time: FadingTime, mean: number): number {
    return this.#estimate(row + LASTING_WAIT, this.rows[row + IN_FLIGHT]!, time, mean)
  }

  /** Forgets all but the calls that are under way. */
  forget(row: number): void {
    const { rows } = this
    rows[row + QUICK_WAIT] = -rows[row + QUICK_BEGUN]!
    rows[row + LASTING_WAIT] = -rows[row + LASTING_BEGUN]!
    rows[row + QUICK_ANSWERS] = 0
    rows[row + LASTING_ANSWERS] = 0
    rows[row + PAUSED_UNTIL] = 0
    this.foretell(row, 0, 0)
  }

  scaleQuick(factor: number): void {
    this.#scale(factor, QUICK_WAIT, QUICK_ANSWERS, QUICK_BEGUN)
  }

  scaleLasting(factor: number): void {
    this.#scale(factor, LASTING_WAIT, LASTING_ANSWERS, LASTING_BEGUN)
  }

  #estimate(wait: number, inFlight: number, { scale, elapsed }: FadingTime, mean: number): number {
    const { rows } = this
    return (rows[wait]! + inFlight * elapsed + mean * scale) / (rows[wait + 1]! + scale)
  }

  #claim(index: number, order: number): void {
    const row = index * ROW
    if (row >= this.rows.length) this.#grow(row)
    this.rows.fill(0, row, row + ROW)
    this.rows[row + OWNER] = order
  }

  #leave(row: number, inFlight: number): void {
    const { rows } = this
    rows[row + IN_FLIGHT] = inFlight - 1
    rows[row + QUICK_BEGUN]! -= rows[row + QUICK_BEGUN]! / inFlight
    rows[row + LASTING_BEGUN]! -= rows[row + LASTING_BEGUN]! / inFlight
  }

  #scale(factor: number, wait: number, answers: number, begun: number): void {
    const { rows } = this
    for (let row = 0; row < rows.length; row += ROW) {
      rows[row + wait] = scaled(rows[row + wait]!, factor)
      rows[row + answers] = scaled(rows[row + answers]!, factor)
      rows[row + begun] = scaled(rows[row + begun]!, factor)
    }
  }

  #grow(row: number): void {
    const { length } = this.rows
    this.rows = grownRows(this.rows, row, ROW, 0)
    this.#disown(length)
  }

  #disown(from: number): void {
    for (let row = from; row < this.rows.length; row += ROW) this.rows[row + OWNER] = -1
  }
}

/** What has faded away is 0, and not a denormal number, with which processors are slow. */
function scaled(value: number, factor: number): number {
  const result = value * factor
  return Math.abs(result) < 1e-100 ? 0 : result
}
