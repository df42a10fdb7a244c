import type { EjectionCause } from '../../core/ejection.js'
import type { LiveEndpoint } from '../../core/endpoint.js'
import type { LatencyWindow } from '../../core/latency-window.js'
import { PerEndpoint } from '../../core/per-endpoint.js'
import type { OutlierSettings } from './options.js'

/** So many calls have to wait, one after the other: a single one may be what takes long, and not its endpoint. */
const CALLS = 2
/** So many answers have to come from elsewhere meanwhile: when all are silent, it is not this one's doing. */
const ANSWERS = 5

// What is known of an endpoint beside how many calls it owes an answer (`unanswered`).
/** Since when it owes that to two calls or more. */
const SINCE = 0
/** Answers of all endpoints when it began. */
const ANSWERED = 1
/** How long those that were given up have waited together, in limits. */
const IN_VAIN = 2
/** When it was last heard of. */
const HEARD = 3

/**
 * Notices endpoints that have gone silent from calls that are overdue, long before their timeouts. It counts, for each
 * endpoint, the calls that were sent since it was last heard of and wait, or were given up after they should have
 * been answered. Older calls, which others have overtaken, say nothing: they may be meant to last. Times
 * are the event loop's, which stand still while that is held up.
 */
export class Overdue {
  readonly #factor: number
  readonly #least: number
  readonly #latencies: LatencyWindow
  readonly #known = new PerEndpoint(4)
  /** Answers of all endpoints. */
  #answers = 0
  /** How many endpoints have let calls wait in vain. */
  #vain = 0

  constructor({ overdueFactor, minOverdue }: OutlierSettings, latencies: LatencyWindow) {
    this.#factor = overdueFactor
    this.#least = minOverdue
    this.#latencies = latencies
  }

  /** A call is sent there. */
  sent(endpoint: LiveEndpoint, now: number): void {
    if (++endpoint.unanswered !== CALLS) return
    const at = this.#known.claim(endpoint)
    const { numbers } = this.#known
    numbers[at + SINCE] = now
    // Of those that were given up before, the count goes on.
    if (!(numbers[at + IN_VAIN]! > 0)) numbers[at + ANSWERED] = this.#answers
  }

  /** Something came back from there, whatever it was. */
  heard(endpoint: LiveEndpoint, now: number): void {
    this.#answers++
    const { unanswered } = endpoint
    endpoint.unanswered = 0
    // As nearly always: nobody else waits there who could have been overtaken by this, and there is nothing to forgive.
    if (unanswered <= 1 && this.#vain === 0) return
    const at = this.#known.claim(endpoint)
    this.#known.numbers[at + HEARD] = now
    this.#forgive(at)
  }

  /** A call that was sent at a time was given up, with nothing heard; `waited`: because of the time it took. */
  givenUp(endpoint: LiveEndpoint, sentAt: number, waited: boolean, now: number): void {
    const at = this.#known.claim(endpoint)
    const { numbers } = this.#known
    // What others have overtaken says nothing.
    if (endpoint.unanswered === 0 || sentAt < numbers[at + HEARD]!) return
    endpoint.unanswered--
    const limit = this.#limit(now)
    if (!waited || limit === Number.POSITIVE_INFINITY) return
    const before = numbers[at + IN_VAIN] || 0
    const inVain = before + Math.min(1, (now - sentAt) / limit)
    if (before === 0 && inVain > 0) this.#vain++
    numbers[at + IN_VAIN] = inVain
    if (before === 0 && endpoint.unanswered < CALLS - 1) numbers[at + ANSWERED] = this.#answers
    // One that had waited long enough goes on counting; several do that had not, as those of hedges, together.
    if (Math.floor(inVain) > Math.floor(before)) endpoint.unanswered++
  }

  /** Nothing that was counted holds any more. */
  forget(endpoint: LiveEndpoint): void {
    endpoint.unanswered = 0
    if (this.#vain > 0) this.#forgive(this.#known.claim(endpoint))
  }

  #forgive(at: number): void {
    const { numbers } = this.#known
    if (numbers[at + IN_VAIN]! > 0) this.#vain--
    numbers[at + IN_VAIN] = 0
  }

  /** Is it overdue? Asked for every call, so what is the case nearly always comes first. */
  judge(endpoint: LiveEndpoint, now: number): EjectionCause | undefined {
    if (endpoint.unanswered < CALLS) return undefined
    const at = this.#known.claim(endpoint)
    const { numbers } = this.#known
    const silentFor = now - numbers[at + SINCE]!
    if (!(silentFor > this.#least) || this.#answers - numbers[at + ANSWERED]! < ANSWERS) return undefined
    const limit = this.#limit(now)
    return silentFor > limit ? { rule: 'overdue', calls: endpoint.unanswered, silentFor, limit } : undefined
  }

  /** By then an answer should be there; `Infinity` while nobody can tell. */
  #limit(now: number): number {
    const high = this.#latencies.quantile(0.99, now)
    const most = Number.isNaN(high) ? this.#latencies.quantile(0.95, now) : high
    return Number.isNaN(most) ? Number.POSITIVE_INFINITY : Math.max(this.#least, this.#factor * most)
  }
}
