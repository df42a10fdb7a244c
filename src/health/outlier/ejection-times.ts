import type { LiveEndpoint } from '../../core/endpoint.js'
import type { Random } from '../../core/random.js'
import type { OutlierSettings } from './options.js'

/** As long as a trial is one call of so many, it need not become rarer: what it costs is lost among them. */
const CALLS_PER_TRIAL = 50

/** How long ejections last, and how what was learned of past ones is forgotten again. */
export class EjectionTimes {
  readonly #settings: OutlierSettings
  readonly #random: Random
  /** Endpoints with past ejections to be forgiven. */
  readonly #marked = new Set<LiveEndpoint>()
  #sweptAt = Number.NaN

  constructor(settings: OutlierSettings, random: Random) {
    this.#settings = settings
    this.#random = random
  }

  /** Counts an ejection and says until when it lasts. */
  eject(endpoint: LiveEndpoint, now: number): number {
    const times = endpoint.ejections + 1
    this.#mark(endpoint, times)
    return now + this.#length(times)
  }

  /**
   * The trial of an ejected endpoint has failed: says until when it stays out. That grows like ejections
   * do, but not beyond the time in which so many calls are made that the next trial is lost among them.
   */
  prolong(endpoint: LiveEndpoint, callsPerMs: number, now: number): number {
    const { baseEjectionTime } = this.#settings
    const enough = Math.ceil(CALLS_PER_TRIAL / callsPerMs / baseEjectionTime)
    const times = Math.min(endpoint.ejections + 1, Math.max(1, enough))
    // What earlier ejections came to is not forgiven by that.
    this.#mark(endpoint, Math.max(times, endpoint.ejections))
    return now + this.#length(times)
  }

  #mark(endpoint: LiveEndpoint, times: number): void {
    const { baseEjectionTime, maxEjectionTime } = this.#settings
    // No higher than what reaches the maximum, or it would take as long to come down again.
    endpoint.ejections = Math.min(times, Math.ceil(maxEjectionTime / baseEjectionTime))
    this.#marked.add(endpoint)
  }

  #length(times: number): number {
    const { baseEjectionTime, maxEjectionTime, jitter } = this.#settings
    const length = Math.min(baseEjectionTime * times, maxEjectionTime)
    return jitter > 0 ? length * (1 + jitter * this.#random()) : length
  }

  /** Once an interval, every endpoint that is not ejected is forgiven one past ejection. */
  sweep(now: number, isEjected: (endpoint: LiveEndpoint) => boolean): void {
    if (this.#marked.size === 0) {
      this.#sweptAt = now
      return
    }
    const intervals = Math.floor((now - this.#sweptAt) / this.#settings.interval)
    if (!(intervals > 0)) {
      if (Number.isNaN(this.#sweptAt)) this.#sweptAt = now
      return
    }
    this.#sweptAt += intervals * this.#settings.interval
    for (const endpoint of this.#marked) {
      if (isEjected(endpoint)) continue
      endpoint.ejections = Math.max(0, endpoint.ejections - intervals)
      if (endpoint.ejections === 0) this.#marked.delete(endpoint)
    }
  }

  /** When the next sweep has something to do; never, when nobody is marked. */
  get nextSweep(): number {
    return this.#marked.size === 0 ? Number.POSITIVE_INFINITY : this.#sweptAt + this.#settings.interval
  }

  /** It is back with ejections to be forgiven. */
  resume(endpoint: LiveEndpoint): void {
    if (endpoint.ejections > 0) this.#marked.add(endpoint)
  }

  forget(endpoint: LiveEndpoint): void {
    this.#marked.delete(endpoint)
  }
}
