import { invalidConfig } from '../core/errors.js'
import type { LoadReport } from '../core/load-report.js'
import { checkObject } from '../core/validate.js'
import { type Clock, platformClock } from '../runtime/clock.js'
import { formatLoadReport } from '../transport/format-load-report.js'

/** What a server knows of the requests that it has under way. */
export interface RequestTracker {
  /** A request has come; call what it returns, once, when it is done with. */
  begin(): () => void
  /** The load now, but for one request: the one that is being answered. `extra` is added as it is. */
  report(extra?: LoadReport): LoadReport
  /** That report as the value of the header `evenkeel-load`. */
  header(extra?: LoadReport): string
}

/** Options of {@link requestTracker}. */
export interface RequestTrackerOptions {
  /** Time. Default: the platform's. */
  readonly clock?: Clock
}

/** Measured over so many mean latencies, within bounds in ms: enough answers for a mean, and soon out of date. */
const LASTS = 4
const MIN_LASTS = 100
const MAX_LASTS = 10_000
/** Weight of the newest answer in the mean that this goes by. */
const SMOOTHING = 1 / 64
/** What is left of answers after some 14 such times without another. */
const VANISHED = 1e-6

class Tracker implements RequestTracker {
  readonly #clock: Clock
  #inFlight = 0
  /** Time that requests have waited, and how many were answered; the old fades. */
  #waited = 0
  #answers = 0
  #at = Number.NaN
  #mean = Number.NaN

  constructor(clock: Clock) {
    this.#clock = clock
  }

  begin(): () => void {
    const startedAt = this.#clock.now()
    this.#advance(startedAt)
    this.#inFlight++
    let done = false
    return () => {
      if (done) return
      done = true
      const now = this.#clock.now()
      this.#advance(now)
      this.#inFlight--
      this.#answers++
      const latency = now - startedAt
      this.#mean = Number.isNaN(this.#mean) ? latency : this.#mean + (latency - this.#mean) * SMOOTHING
    }
  }

  report(extra?: LoadReport): LoadReport {
    this.#advance(this.#clock.now())
    const inFlight = Math.max(0, this.#inFlight - 1)
    if (Number.isNaN(this.#mean)) return { inFlight, ...extra }
    // Both fade alike, so their ratio stays; but in the end nothing is left to divide.
    const latency = this.#answers > VANISHED ? this.#waited / this.#answers : this.#mean
    return { inFlight, latency, rps: (this.#answers * 1000) / this.#lasts, ...extra }
  }

  header(extra?: LoadReport): string {
    return formatLoadReport(this.report(extra))
  }

  get #lasts(): number {
    return Math.min(MAX_LASTS, Math.max(MIN_LASTS, LASTS * this.#mean || 0))
  }

  #advance(now: number): void {
    const kept = Number.isNaN(this.#at) ? 0 : Math.exp(-Math.max(0, now - this.#at) / this.#lasts)
    this.#waited = this.#waited * kept + this.#inFlight * this.#lasts * (1 - kept)
    this.#answers *= kept
    this.#at = now
  }
}

/**
 * Counts and times the requests of a server, for the load report on its responses:
 *
 * ```ts
 * const load = requestTracker()
 * createServer((request, response) => {
 *   response.on('close', load.begin())
 *   // ... and, as late as can be, before the headers are sent:
 *   response.setHeader(LOAD_HEADER, load.header())
 *   response.end('hello')
 * })
 * ```
 *
 * The latency is time waited by all requests, also those under way, over the number of answers, of
 * about the last four mean latencies: it grows at once when requests get stuck. No timers; O(1).
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` for a clock that is none
 */
export function requestTracker(options: RequestTrackerOptions = {}): RequestTracker {
  checkObject(options, 'requestTracker', ['clock'])
  const { clock = platformClock } = options
  if (typeof clock?.now !== 'function') throw invalidConfig('requestTracker.clock', clock, 'a clock')
  return new Tracker(clock)
}
