import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { isFailure, type Outcome, wasGivenUp } from '../core/outcome.js'
import { PerEndpoint } from '../core/per-endpoint.js'
import { checkDuration, checkObject } from '../core/validate.js'
import type { PickContext, Policy } from './policy.js'

/** Options of {@link leastTime}. */
export interface LeastTimeOptions {
  /**
   * The average of an endpoint that answers nothing is halved once in so many ms, so that a slow one is
   * looked at again. Default 10 000, as nginx's `fail_timeout`.
   */
  readonly halving?: number
}

/** The weight of the newest latency in the average. */
const NEWEST = 0.05
/** Times are compared in steps of so many ms, and are never longer than `LONGEST`, which a failure counts as. */
const STEP = 20
const LONGEST = 5_000
/** No more halvings than bring the longest time below one step. */
const MAX_HALVINGS = 8

class LeastTimePolicy {
  readonly name = 'least-time'
  readonly #options: LeastTimeOptions
  readonly #halving: number
  readonly #average = new PerEndpoint()
  readonly #answeredAt = new PerEndpoint()
  /** Calls that were seen to begin and not to end, and the sum of the times at which they began. */
  readonly #inFlight = new PerEndpoint()
  readonly #begun = new PerEndpoint()

  constructor(options: LeastTimeOptions) {
    checkObject(options, 'leastTime', ['halving'])
    this.#options = options
    this.#halving = checkDuration(options.halving, 'leastTime.halving', 10_000)
  }

  /** Of all the least; ties are drawn by weight. */
  pick(view: EndpointTable, { now, random, tried }: PickContext): LiveEndpoint | undefined {
    let best: LiveEndpoint | undefined
    let least = Number.POSITIVE_INFINITY
    let tied = 0
    for (let i = 0; i < view.size; i++) {
      const endpoint = view.at(i)
      if (tried.length > 0 && tried.includes(endpoint)) continue
      const { inFlight, effectiveWeight } = endpoint
      const score = (this.#time(endpoint, now) * (1 + inFlight)) / effectiveWeight
      if (score > least) continue
      if (score < least) {
        least = score
        tied = 0
      }
      tied += effectiveWeight
      if (tied === effectiveWeight || random() * tied < effectiveWeight) best = endpoint
    }
    return best
  }

  start(endpoint: LiveEndpoint, now: number): void {
    this.#inFlight.set(endpoint, (this.#inFlight.get(endpoint) || 0) + 1)
    this.#begun.set(endpoint, (this.#begun.get(endpoint) || 0) + now)
  }

  observe(endpoint: LiveEndpoint, outcome: Outcome, now: number): void {
    const { kind, latency, retryAfter } = outcome
    this.#end(endpoint, latency, now)
    if (!(latency >= 0)) return
    const failed = isFailure(kind) || kind === 'overloaded'
    const before = this.#faded(endpoint, now)
    if (failed) this.#learn(endpoint, LONGEST, now + Math.max(0, (retryAfter ?? 0) - this.#halving))
    else if (kind === 'success') {
      this.#learn(endpoint, before >= 0 ? before + (latency - before) * NEWEST : latency, now)
    } else if (wasGivenUp(kind) && latency > before) {
      // It would have taken longer than that.
      this.#learn(endpoint, before + (latency - before) * NEWEST, now)
    }
  }

  forget(endpoint: LiveEndpoint): void {
    this.#average.set(endpoint, Number.NaN)
  }

  fork(): Policy {
    return new LeastTimePolicy(this.#options)
  }

  /** What an endpoint's answers take, in steps: the average or, when they take longer, the calls' mean age. */
  #time(endpoint: LiveEndpoint, now: number): number {
    const average = this.#faded(endpoint, now)
    const inFlight = this.#inFlight.get(endpoint)
    const age = inFlight > 0 ? now - this.#begun.get(endpoint) / inFlight : 0
    const time = average > age ? average : age
    return time > LONGEST ? LONGEST : time + STEP - (time % STEP)
  }

  /** The average after what it has lost since the last answer; NaN when there was none. */
  #faded(endpoint: LiveEndpoint, now: number): number {
    const halvings = Math.floor((now - this.#answeredAt.get(endpoint)) / this.#halving)
    const average = this.#average.get(endpoint)
    return halvings > 0 ? average / 2 ** Math.min(halvings, MAX_HALVINGS) : average
  }

  #learn(endpoint: LiveEndpoint, average: number, now: number): void {
    this.#average.set(endpoint, average)
    this.#answeredAt.set(endpoint, now)
  }

  #end(endpoint: LiveEndpoint, latency: number, now: number): void {
    const inFlight = this.#inFlight.get(endpoint)
    if (!(inFlight > 0)) return
    const begun = this.#begun.get(endpoint)
    this.#inFlight.set(endpoint, inFlight - 1)
    // Which of them it was is told by its latency, and not known without.
    this.#begun.set(endpoint, inFlight === 1 ? 0 : begun - (latency >= 0 ? now - latency : begun / inFlight))
  }
}

/**
 * Of all endpoints the one with the least `time x (1 + calls in flight) / weight`; ties are drawn by weight.
 *
 * Its time is an average of its latencies in which the newest weighs 5 %, or the mean age of the calls under
 * way when that is more; rounded up to the next 20 ms, so that near-equals share the traffic, and at most 5 s.
 * It is halved for every `halving` ms without an answer. A failed attempt makes it 5 s, for as long as
 * `Retry-After` says and the halving takes. An endpoint that was never measured is tried first. O(n) a pick.
 *
 * Source: nginx `ngx_http_upstream_least_time_module`.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` for a `halving` that is not a duration greater than 0
 */
export function leastTime(options: LeastTimeOptions = {}): Policy {
  return new LeastTimePolicy(options)
}
