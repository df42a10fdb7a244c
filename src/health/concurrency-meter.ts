import { isWell, type LiveEndpoint } from '../core/endpoint.js'
import { type Outcome, wasServed } from '../core/outcome.js'
import type { LoadMeter } from './load-meter.js'
import { LoadWindow } from './load-window.js'

/**
 * Calls under way at once, as their mean over a slot: rate x latency, by Little's law. What hangs at an endpoint that does not answer is no load
 * that another would have to carry: calls at an endpoint that is out do not count, and those that came to no
 * answer are taken off again when they end.
 */
export class ConcurrencyMeter implements LoadMeter {
  readonly #window: LoadWindow
  /** How many are under way at endpoints that are up, and since when it is so many. */
  #count = 0
  #since = Number.NaN
  /** Since when endpoints are out. */
  #outSince = new Map<LiveEndpoint, number>()

  constructor(window: number) {
    this.#window = new LoadWindow(window)
  }

  get due(): number {
    return this.#window.end
  }

  begin(endpoint: LiveEndpoint, now: number): void {
    if (!isWell(endpoint)) return
    this.#flow(now)
    this.#count++
  }

  end(endpoint: LiveEndpoint, outcome: Outcome, startedAt: number, now: number): void {
    this.#flow(now)
    if (isWell(endpoint) && this.#count > 0) this.#count--
    if (!wasServed(outcome.kind))
      this.#window.spread(-1, startedAt, Math.min(now, this.#outSince.get(endpoint) ?? now))
  }

  look(endpoints: Iterable<LiveEndpoint>, now: number): void {
    this.#flow(now)
    this.#count = 0
    const before = this.#outSince
    this.#outSince = new Map()
    for (const endpoint of endpoints) {
      if (isWell(endpoint)) this.#count += endpoint.inFlight
      else this.#outSince.set(endpoint, before.get(endpoint) ?? now)
    }
  }

  peak(now: number): number | undefined {
    this.#flow(now)
    const busy = this.#window.peak(now)
    return busy && busy / this.#window.slot
  }

  #flow(now: number): void {
    if (now > this.#since || Number.isNaN(this.#since)) {
      this.#window.spread(this.#count, Number.isNaN(this.#since) ? now : this.#since, now)
      this.#since = now
    }
  }
}
