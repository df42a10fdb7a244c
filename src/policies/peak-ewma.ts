import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import type { Outcome } from '../core/outcome.js'
import { checkDuration, checkObject } from '../core/validate.js'
import { PeakCost } from './peak-cost.js'
import type { PickContext, Policy } from './policy.js'
import { WeightedSampler } from './weighted-sampler.js'

/** Options of {@link peakEwma}. */
export interface PeakEwmaOptions {
  /**
   * Time constant in ms with which a measured cost fades. Shorter follows changes faster and looks
   * at slow endpoints again sooner. Default 10 000, as Finagle.
   */
  readonly decay?: number
  /**
   * The latency in ms that a failed attempt counts as, when it took less and the server named no
   * `Retry-After`. Default 5 000, as Linkerd.
   */
  readonly penalty?: number
}

/**
 * Above any real score: what an unmeasured endpoint with a call under way costs, so that exactly one
 * call explores it while there are measured ones to use.
 */
const EXPLORING = 1e12

/**
 * Between unequal weights a difference in score of less than this is noise, and the first one drawn,
 * which is drawn by weight, is taken; or latencies that are nearly alike would overrule the weights.
 */
const CLEARLY_LESS = 0.75

/** The winner of a pair is dear when it scores this many times what winners do: both may be bad ones. */
const DEAR = 5
/** So many pairs are drawn at most: with half of the endpoints bad, one call in 2^6 finds no other. */
const MAX_PAIRS = 3
/** Weight of the newest winner in what winners score. */
const SMOOTHING = 1 / 16

class PeakEwmaPolicy {
  readonly name = 'peak-ewma'
  readonly #options: PeakEwmaOptions
  readonly #cost: PeakCost
  readonly #sampler = new WeightedSampler()
  #typical = Number.POSITIVE_INFINITY
  /** Of the pair under way. Kept here, since fractions that are passed around may be wrapped in objects. */
  readonly #scores = new Float64Array(2)
  #lastScore = Number.NaN

  constructor(options: PeakEwmaOptions) {
    checkObject(options, 'peakEwma', ['decay', 'penalty'])
    this.#options = options
    this.#cost = new PeakCost(
      checkDuration(options.decay, 'peakEwma.decay', 10_000),
      checkDuration(options.penalty, 'peakEwma.penalty', 5_000),
    )
  }

  pick(view: EndpointTable, context: PickContext): LiveEndpoint {
    if (view.size === 1) return view.at(0)
    let best = this.#better(view, context)
    let least = this.#lastScore
    for (let pairs = 1; least > DEAR * this.#typical && pairs < MAX_PAIRS && view.size > 2; pairs++) {
      const other = this.#better(view, context)
      if (this.#lastScore >= least) continue
      best = other
      least = this.#lastScore
    }
    this.#learn(least)
    return best
  }

  observe(endpoint: LiveEndpoint, outcome: Outcome, now: number): void {
    this.#cost.observe(endpoint, outcome, now)
  }

  forget(endpoint: LiveEndpoint): void {
    this.#cost.forget(endpoint)
  }

  fork(): Policy {
    return new PeakEwmaPolicy(this.#options)
  }

  /** The better one of a pair, and its score in `#lastScore`. */
  #better(view: EndpointTable, { now, random, tried }: PickContext): LiveEndpoint {
    const first = this.#sampler.draw(view, random)
    const second = this.#sampler.drawOther(view, random, first)
    const scores = this.#scores
    this.#cost.at(now)
    this.#score(first, second, 0)
    this.#score(second, first, 1)
    const bar = first.effectiveWeight === second.effectiveWeight ? 1 : CLEARLY_LESS
    let takeSecond = scores[1]! < bar * scores[0]!
    if (tried.length > 0) {
      if (tried.includes(first)) takeSecond = true
      else if (tried.includes(second)) takeSecond = false
    }
    this.#lastScore = scores[takeSecond ? 1 : 0]!
    return takeSecond ? second : first
  }

  /** What winners score, as far as they were measured. */
  #learn(score: number): void {
    if (score === 0 || score >= EXPLORING) return
    this.#typical =
      this.#typical === Number.POSITIVE_INFINITY ? score : this.#typical + (score - this.#typical) * SMOOTHING
  }

  /** How long one more call would take behind those under way, of which a heavy endpoint bears more. */
  #score(endpoint: LiveEndpoint, other: LiveEndpoint, into: 0 | 1): void {
    const { inFlight, effectiveWeight } = endpoint
    const meanWeight = (effectiveWeight + other.effectiveWeight) / 2
    const load = (inFlight * meanWeight) / effectiveWeight
    this.#cost.assess(endpoint)
    const { cost } = this.#cost
    const unknown = inFlight === 0 ? 0 : EXPLORING * (1 + load)
    this.#scores[into] = Number.isNaN(cost) ? unknown : cost * (1 + load)
  }
}

/**
 * Of two different endpoints, drawn by weight, the one with the lower
 * `latency x (1 + calls in flight / weight)`.
 *
 * Latency is a peak-sensitive average: it jumps to a slow answer at once and fades with `decay`, so
 * a slow endpoint is looked at again by itself. A failed attempt counts as a long one, however fast
 * it failed. An endpoint with no measurement, or none for 3 x `decay`, is explored by one call at a
 * time. Of endpoints that are equally fast each gets its weight's share, and under load each has calls
 * in flight as its weight. When even the better one of a pair is dear, five times what picks usually
 * score, up to two more pairs are drawn: so a call seldom falls between two bad endpoints. O(1) a pick;
 * a change of membership or of unequal weights costs O(n) once.
 *
 * Source: Finagle's `PeakEwma` under `P2C`; the failure penalty is Linkerd's `PenaltyPeakEwma`.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` for an option that is not a duration greater than 0
 */
export function peakEwma(options: PeakEwmaOptions = {}): Policy {
  return new PeakEwmaPolicy(options)
}
