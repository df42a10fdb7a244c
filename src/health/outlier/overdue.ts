import type { EjectionCause } from '../../core/ejection.js'
import type { LiveEndpoint } from '../../core/endpoint.js'
import type { LatencyWindow } from '../../core/latency-window.js'
import { PerEndpoint } from '../../core/per-endpoint.js'
import type { OutlierSettings } from './options.js'

/** So many calls have to wait, one after the other: a single one may be what takes long, and not its endpoint. */
const CALLS = 2
/** So many answers have to come from elsewhere meanwhile: when all are silent, it is not this one's doing. */
const ANSWERS = 5

const WAITING = 0
const SINCE = 1
const ANSWERED = 2
const IN_VAIN = 3
const HEARD = 4

/**
 * Notices endpoints that have gone silent from calls that are overdue, long before their timeouts. Of each endpoint it
 * knows how many calls wait that were sent since it was last heard of, since when those are two or more, and how
 * much of the limit those had waited that were given up. Older calls, which others have overtaken, say nothing: they may be
 * meant to last. Times are the event loop's, which stand still while that is held up.
 */
export class Overdue {
  readonly #factor: number
  readonly #least: number
  readonly #latencies: LatencyWindow
  readonly #rows = new PerEndpoint(5)
  /** Answers of all endpoints. */
  #answers = 0

  constructor({ overdueFactor, minOverdue }: OutlierSettings, latencies: LatencyWindow) {
    this.#factor = overdueFactor
    this.#least = minOverdue
    this.#latencies = latencies
  }

  /** A call is sent there. */
  sent(endpoint: LiveEndpoint, now: number): void {
    const rows = this.#rows
    const waiting = (rows.get(endpoint, WAITING) || 0) + 1
    rows.set(endpoint, waiting, WAITING)
    if (waiting !== this.#needed(endpoint)) return
    rows.set(endpoint, now, SINCE)
    // Of those that were given up before, the count goes on.
    if (!(rows.get(endpoint, IN_VAIN) > 0)) rows.set(endpoint, this.#answers, ANSWERED)
  }

  /** Something came back from there, whatever it was. */
  heard(endpoint: LiveEndpoint, now: number): void {
    this.#answers++
    this.#rows.set(endpoint, now, HEARD)
    this.forget(endpoint)
  }

  /** A call that was sent at a time was given up, with nothing heard; `waited`: because of the time it took. */
  givenUp(endpoint: LiveEndpoint, sentAt: number, waited: boolean, now: number): void {
    const rows = this.#rows
    const waiting = rows.get(endpoint, WAITING)
    // What others have overtaken says nothing.
    if (!(waiting > 0) || sentAt < rows.get(endpoint, HEARD)) return
    rows.set(endpoint, waiting - 1, WAITING)
    const limit = this.#limit(now)
    if (!waited || limit === Number.POSITIVE_INFINITY) return
    const before = rows.get(endpoint, IN_VAIN) || 0
    if (before === 0 && waiting < CALLS) rows.set(endpoint, this.#answers, ANSWERED)
    rows.set(endpoint, before + Math.min(1, (now - sentAt) / limit), IN_VAIN)
  }

  /** Nothing that was counted holds any more. */
  forget(endpoint: LiveEndpoint): void {
    const rows = this.#rows
    if (rows.get(endpoint, WAITING) > 0) rows.set(endpoint, 0, WAITING)
    if (rows.get(endpoint, IN_VAIN) > 0) rows.set(endpoint, 0, IN_VAIN)
  }

  /** Is it overdue? Asked for every call, so what is the case nearly always comes first. */
  judge(endpoint: LiveEndpoint, now: number): EjectionCause | undefined {
    const rows = this.#rows
    const waiting = rows.get(endpoint, WAITING)
    if (!(waiting >= 0)) return undefined
    const silent = waiting > 0 && waiting >= this.#needed(endpoint) ? now - rows.get(endpoint, SINCE) : 0
    // Calls that were given up too early to be overdue each, as by hedges, are so together.
    const inVain = rows.get(endpoint, IN_VAIN) || 0
    if (!(silent > this.#least) && inVain < CALLS) return undefined
    if (this.#answers - rows.get(endpoint, ANSWERED) < ANSWERS) return undefined
    const limit = this.#limit(now)
    if (!(silent > limit) && (inVain < CALLS || limit === Number.POSITIVE_INFINITY)) return undefined
    return {
      rule: 'overdue',
      calls: waiting + Math.ceil(inVain),
      silentFor: Math.max(silent, inVain * limit),
      limit,
    }
  }

  /** How many calls have to wait, when some were given up. */
  #needed(endpoint: LiveEndpoint): number {
    return CALLS - Math.floor(this.#rows.get(endpoint, IN_VAIN) || 0)
  }

  /** By then an answer should be there; `Infinity` while nobody can tell. */
  #limit(now: number): number {
    const high = this.#latencies.quantile(0.99, now)
    const most = Number.isNaN(high) ? this.#latencies.quantile(0.95, now) : high
    return Number.isNaN(most) ? Number.POSITIVE_INFINITY : Math.max(this.#least, this.#factor * most)
  }
}
