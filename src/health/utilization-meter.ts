import { isWell, type LiveEndpoint } from '../core/endpoint.js'
import { utilizationOf } from '../core/load-report.js'
import type { Outcome } from '../core/outcome.js'
import { PerEndpoint } from '../core/per-endpoint.js'
import type { LoadMeter } from './load-meter.js'
import { LoadWindow } from './load-window.js'

/** What is kept of each endpoint: the reports of this slot, their number, the last slot's mean, and its time. */
const SUM = 0
const COUNT = 1
const MEAN = 2
const AT = 3

/**
 * How many units of weight are in use, as servers report it: the sum of utilisation x weight. It is the load of
 * all their clients, and not only of this one.
 */
export class UtilizationMeter implements LoadMeter {
  readonly #length: number
  readonly #window: LoadWindow
  readonly #reports = new PerEndpoint(4)
  #reportedAt = Number.NEGATIVE_INFINITY

  constructor(window: number) {
    this.#length = window
    this.#window = new LoadWindow(window)
  }

  get due(): number {
    return this.#window.end
  }

  begin(): void {}

  end(endpoint: LiveEndpoint, { load }: Outcome, _startedAt: number, now: number): void {
    const used = load === undefined ? 0 : utilizationOf(load)
    if (used === 0) return
    if (this.#reportedAt === Number.NEGATIVE_INFINITY) this.#window.add(0, now)
    this.#reportedAt = now
    this.#reports.set(endpoint, (this.#reports.get(endpoint, SUM) || 0) + used, SUM)
    this.#reports.set(endpoint, (this.#reports.get(endpoint, COUNT) || 0) + 1, COUNT)
  }

  /** Once for each slot, when it is full. */
  look(endpoints: Iterable<LiveEndpoint>, now: number): void {
    if (this.#reportedAt === Number.NEGATIVE_INFINITY || now < this.#window.end) return
    const middle = this.#window.end - this.#window.slot / 2
    this.#window.add(this.#total(endpoints, now), middle)
    this.#window.add(0, now)
  }

  peak(now: number): number | undefined {
    return now - this.#reportedAt < this.#length ? this.#window.peak(now) : undefined
  }

  /**
   * Of one that did not report, what the others of its priority did on the average: it is new, or its turn has not
   * come. Where nobody of a priority reports nobody is asked, as of backups that stand by, and nothing is used.
   */
  #total(endpoints: Iterable<LiveEndpoint>, now: number): number {
    const priorities = new Map<number, { used: number; known: number; unknown: number }>()
    for (const endpoint of endpoints) {
      const mean = this.#close(endpoint, now)
      if (!isWell(endpoint)) continue
      const size = endpoint.weight * endpoint.share
      const sums = priorities.get(endpoint.priority) ?? { used: 0, known: 0, unknown: 0 }
      if (Number.isNaN(mean)) sums.unknown += size
      else {
        sums.used += mean * size
        sums.known += size
      }
      priorities.set(endpoint.priority, sums)
    }
    let total = 0
    for (const { used, known, unknown } of priorities.values())
      if (known > 0) total += used * (1 + unknown / known)
    return total
  }

  /** The mean of an endpoint's slot or, if it said nothing, of the last one in which it did. */
  #close(endpoint: LiveEndpoint, now: number): number {
    const reports = this.#reports
    const count = reports.get(endpoint, COUNT)
    if (count > 0) {
      reports.set(endpoint, reports.get(endpoint, SUM) / count, MEAN)
      reports.set(endpoint, now, AT)
      reports.set(endpoint, 0, SUM)
      reports.set(endpoint, 0, COUNT)
    }
    return now - reports.get(endpoint, AT) < this.#length ? reports.get(endpoint, MEAN) : Number.NaN
  }
}
