import type { LiveEndpoint } from '../core/endpoint.js'
import type { FadingTime } from './fading-time.js'

/** Numbers in a row: 16 doubles, two cache lines, of which a pick reads the first. */
export const ROW = 16
/**
 * What is where. A sum of waits is kept without those under way: less the `elapsed` at which each of them
 * began, so that `wait + inFlight * elapsed` is the sum with all of them at any time.
 */
export const At = {
  QUICK_WAIT: 0,
  QUICK_ANSWERS: 1,
  LASTING_WAIT: 2,
  LASTING_ANSWERS: 3,
  IN_FLIGHT: 4,
  /** Until when a failure keeps calls away, and when it came. */
  PAUSED_UNTIL: 5,
  OWNER: 6,
  PAUSED_AT: 8,
  /** Sums of the `elapsed` at which the calls under way began. */
  QUICK_BEGUN: 9,
  LASTING_BEGUN: 10,
  /** What the two memories made of the endpoint when its last call began. */
  QUICK_FORETOLD: 11,
  LASTING_FORETOLD: 12,
} as const

/** The rows of {@link WaitLedger}, one for each endpoint, by its index. */
export class WaitTable {
  rows = new Float64Array(16 * ROW)

  constructor() {
    this.#disown(0)
  }

  /** Where the endpoint's row begins; a row that was another's is cleared. */
  rowOf({ index, order }: LiveEndpoint): number {
    const row = index * ROW
    if (row >= this.rows.length) this.#grow(index)
    if (this.rows[row + At.OWNER] !== order) {
      this.rows.fill(0, row, row + ROW)
      this.rows[row + At.OWNER] = order
    }
    return row
  }

  begin(row: number, quick: number, lasting: number): void {
    const { rows } = this
    rows[row + At.IN_FLIGHT]! += 1
    rows[row + At.QUICK_WAIT]! -= quick
    rows[row + At.QUICK_BEGUN]! += quick
    rows[row + At.LASTING_WAIT]! -= lasting
    rows[row + At.LASTING_BEGUN]! += lasting
  }

  /** Enters a wait that is over; one whose begin was not seen by its latency. */
  end(row: number, latency: number, quick: FadingTime, lasting: FadingTime): void {
    const { rows } = this
    const inFlight = rows[row + At.IN_FLIGHT]!
    if (inFlight === 0) {
      rows[row + At.QUICK_WAIT]! += latency * quick.scale
      rows[row + At.LASTING_WAIT]! += latency * lasting.scale
      return
    }
    rows[row + At.QUICK_WAIT]! += quick.elapsed
    rows[row + At.LASTING_WAIT]! += lasting.elapsed
    this.#leave(row, inFlight)
  }

  /** Takes a wait back. Which one is not known, so it is a mean one of those under way. */
  withdraw(row: number): void {
    const { rows } = this
    const inFlight = rows[row + At.IN_FLIGHT]!
    if (inFlight === 0) return
    rows[row + At.QUICK_WAIT]! += rows[row + At.QUICK_BEGUN]! / inFlight
    rows[row + At.LASTING_WAIT]! += rows[row + At.LASTING_BEGUN]! / inFlight
    this.#leave(row, inFlight)
  }

  answered(row: number, latency: number, now: number, quick: number, lasting: number): void {
    const { rows } = this
    rows[row + At.QUICK_ANSWERS]! += quick
    rows[row + At.LASTING_ANSWERS]! += lasting
    // A call that began after the failure was answered: it is over.
    if (now - latency >= rows[row + At.PAUSED_AT]!) rows[row + At.PAUSED_UNTIL] = 0
  }

  pause(row: number, now: number, until: number): void {
    const { rows } = this
    rows[row + At.PAUSED_AT] = now
    rows[row + At.PAUSED_UNTIL] = Math.max(until, rows[row + At.PAUSED_UNTIL]!)
  }

  foretell(row: number, quick: number, lasting: number): void {
    this.rows[row + At.QUICK_FORETOLD] = quick
    this.rows[row + At.LASTING_FORETOLD] = lasting
  }

  foretoldQuick(row: number): number {
    return this.rows[row + At.QUICK_FORETOLD]!
  }

  foretoldLasting(row: number): number {
    return this.rows[row + At.LASTING_FORETOLD]!
  }

  quickEstimate(row: number, time: FadingTime, mean: number): number {
    return this.#estimate(row + At.QUICK_WAIT, this.rows[row + At.IN_FLIGHT]!, time, mean)
  }

  lastingEstimate(row: number, time: FadingTime, mean: number): number {
    return this.#estimate(row + At.LASTING_WAIT, this.rows[row + At.IN_FLIGHT]!, time, mean)
  }

  /** Forgets all but the calls that are under way. */
  forget(row: number): void {
    const { rows } = this
    rows[row + At.QUICK_WAIT] = -rows[row + At.QUICK_BEGUN]!
    rows[row + At.LASTING_WAIT] = -rows[row + At.LASTING_BEGUN]!
    rows[row + At.QUICK_ANSWERS] = 0
    rows[row + At.LASTING_ANSWERS] = 0
    rows[row + At.PAUSED_UNTIL] = 0
    this.foretell(row, 0, 0)
  }

  scaleQuick(factor: number): void {
    this.#scale(factor, At.QUICK_WAIT, At.QUICK_ANSWERS, At.QUICK_BEGUN)
  }

  scaleLasting(factor: number): void {
    this.#scale(factor, At.LASTING_WAIT, At.LASTING_ANSWERS, At.LASTING_BEGUN)
  }

  #estimate(wait: number, inFlight: number, { scale, elapsed }: FadingTime, mean: number): number {
    const { rows } = this
    return (rows[wait]! + inFlight * elapsed + mean * scale) / (rows[wait + 1]! + scale)
  }

  #leave(row: number, inFlight: number): void {
    const { rows } = this
    rows[row + At.IN_FLIGHT] = inFlight - 1
    rows[row + At.QUICK_BEGUN]! -= rows[row + At.QUICK_BEGUN]! / inFlight
    rows[row + At.LASTING_BEGUN]! -= rows[row + At.LASTING_BEGUN]! / inFlight
  }

  #scale(factor: number, wait: number, answers: number, begun: number): void {
    const { rows } = this
    for (let row = 0; row < rows.length; row += ROW) {
      rows[row + wait]! *= factor
      rows[row + answers]! *= factor
      rows[row + begun]! *= factor
    }
  }

  #grow(index: number): void {
    const before = this.rows
    this.rows = new Float64Array(2 * (index + 1) * ROW)
    this.rows.set(before)
    this.#disown(before.length)
  }

  #disown(from: number): void {
    for (let row = from; row < this.rows.length; row += ROW) this.rows[row + At.OWNER] = -1
  }
}
