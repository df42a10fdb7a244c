import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { isFailure, type Outcome } from '../core/outcome.js'
import { below } from '../core/random.js'
import { checkDuration, checkObject } from '../core/validate.js'
import { Credibility } from './credibility.js'
import type { PickContext, Policy } from './policy.js'
import { Shortlist } from './shortlist.js'
import { WaitLedger } from './wait-ledger.js'
import { IN_FLIGHT, LASTING_WAIT, PAUSED_UNTIL, QUICK_WAIT } from './wait-table.js'

/** Options of {@link leastLatency}. */
export interface LeastLatencyOptions {
  /**
   * For how long in ms an endpoint is passed over after a failed attempt, when the attempt took less
   * and the server named no `Retry-After`. Default 5 000, as Linkerd.
   */
  readonly penalty?: number
}

/**
 * The latency that an endpoint of which nothing is known is given, in mean latencies. In a steady fleet
 * those that nobody uses are slow ones more often than not; in a changing one they may be as good as any.
 * Every hundredth pick is curious: then it is so little that one which was not heard of for long is used.
 */
const UNKNOWN = { changing: 1, steady: 1.25, curious: 0.3 }
const CURIOUS = 100

/**
 * Latencies nearer to the least than this are taken for equal, and one of them drawn by weight: exact
 * comparison would send all to the luckiest. Between unequal weights more is, or luck would overrule them.
 * Squares, as the scores are.
 */
const NEAR = 1.05 ** 2
const NEAR_UNEQUAL = 1.33 ** 2

/** Where the least score is kept, behind the scores: a number that is returned may be wrapped in an object. */
const LEAST = 32

class LeastLatencyPolicy {
  readonly name = 'least-latency'
  readonly #options: LeastLatencyOptions
  readonly #penalty: number
  readonly #ledger = new WaitLedger()
  readonly #shortlist = new Shortlist()
  readonly #credibility = new Credibility()
  readonly #scores = new Float64Array(LEAST + 1)
  /** Which of them score nearly the least. */
  readonly #near = new Uint8Array(LEAST)
  #picks = 0

  constructor(options: LeastLatencyOptions) {
    checkObject(options, 'leastLatency', ['penalty'])
    this.#options = options
    this.#penalty = checkDuration(options.penalty, 'leastLatency.penalty', 5_000)
  }

  pick(view: EndpointTable, context: PickContext): LiveEndpoint | undefined {
    if (view.size === 1) return view.at(0)
    this.#ledger.moveTo(context.now)
    this.#shortlist.draw(view, context.random)
    this.#credibility.look(view, this.#shortlist, this.#ledger)
    this.#score(context)
    const winner = this.#drawNear(context)
    return winner < 0 ? undefined : this.#shortlist.take(winner)
  }

  start(endpoint: LiveEndpoint, now: number): void {
    this.#ledger.start(endpoint, now)
  }

  observe(endpoint: LiveEndpoint, outcome: Outcome, now: number): void {
    const { kind, latency, retryAfter } = outcome
    const failed = isFailure(kind) || kind === 'overloaded'
    this.#ledger.end(endpoint, outcome, failed ? Math.max(latency, retryAfter ?? this.#penalty) : 0, now)
  }

  forget(endpoint: LiveEndpoint): void {
    this.#ledger.forget(endpoint)
  }

  fork(): Policy {
    return new LeastLatencyPolicy(this.#options)
  }

  /** Scores those on the shortlist; infinite for those that are not to be used. */
  #score({ now, random, tried }: PickContext): void {
    const ledger = this.#ledger
    const shortlist = this.#shortlist
    const scores = this.#scores
    const { table, steady } = ledger
    const { scale, elapsed } = steady ? ledger.lasting : ledger.quick
    const wait = steady ? LASTING_WAIT : QUICK_WAIT
    const { endpoints, equal, meanWeight, size } = shortlist
    this.#picks = (this.#picks + 1) % CURIOUS
    const unknown = this.#picks === 0 ? UNKNOWN.curious : steady ? UNKNOWN.steady : UNKNOWN.changing
    // Answers after the mean latency are added to all, mostly one, and what is unknown of it to those that have few.
    const mean = ledger.mean || 1
    const added = this.#credibility.weight * scale
    const prior = mean * added
    const surcharge = (unknown - 1) * mean * scale * scale
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i < size; i++) {
      const endpoint = endpoints[i]!
      const { weight, effectiveWeight, inFlight } = endpoint
      if (
        (effectiveWeight !== weight && random() * weight >= effectiveWeight) ||
        (tried.length > 0 && tried.includes(endpoint))
      ) {
        scores[i] = Number.POSITIVE_INFINITY
        continue
      }
      const row = table.rowOf(endpoint)
      const rows = table.rows
      const waiting = rows[row + IN_FLIGHT]!
      const share = 1 / (rows[row + wait + 1]! + added)
      let latency = (rows[row + wait]! + waiting * elapsed + prior + surcharge * share) * share
      const pause = rows[row + PAUSED_UNTIL]! - now
      if (pause > 0) latency += pause
      const score = latency * latency * (1 + (equal ? inFlight : (inFlight * meanWeight) / weight))
      scores[i] = score
      if (score < least) least = score
    }
    scores[LEAST] = least
  }

  /** Where on the shortlist one is of those that score nearly the least, drawn by weight; -1 when nobody may be used. */
  #drawNear({ random }: PickContext): number {
    const { endpoints, size, equal, sampled } = this.#shortlist
    const scores = this.#scores
    const near = this.#near
    const least = scores[LEAST]!
    if (least === Number.POSITIVE_INFINITY) return -1
    const most = least * (equal ? NEAR : NEAR_UNEQUAL)
    let found = 0
    // No branch: processors could not foretell it.
    for (let i = 0; i < size; i++) {
      near[found] = i
      found += Number(scores[i]! <= most)
    }
    if (found === 1) return near[0]!
    // Those in a sample were drawn by weight already.
    if (equal || sampled) return near[below(random, found)]!
    let left = 0
    for (let i = 0; i < found; i++) left += endpoints[near[i]!]!.weight
    left *= random()
    let last = 0
    for (; last < found - 1; last++) {
      const { weight } = endpoints[near[last]!]!
      if (left < weight) break
      left -= weight
    }
    return near[last]!
  }
}

/**
 * The endpoint that would answer soonest, of all up to 32, else of 16 drawn and the last 8 that won. The
 * default policy.
 *
 * Latency is estimated from waiting: the time that calls have waited at an endpoint, also those that wait
 * still, over the answers that came of it. So an endpoint that stops answering is avoided before anything
 * times out, one that is idle drifts back to the mean and is found again when it has recovered, and a call
 * that was given up counts for as long as it lasted. How long this memory lasts follows from the latencies,
 * from the rate of calls and from what foretells latencies better, a long memory or a short one; and how far
 * an endpoint's own answers are believed, from whether endpoints differ or only requests do. So there is
 * nothing to tune. The score is `latency x sqrt(1 + calls in flight / weight)`; of those that score within
 * 5 % of the least (a third, where weights differ) one is drawn by weight, so that equally fast
 * endpoints get each its weight's share and clients do not march in step.
 *
 * An endpoint that failed is passed over for `penalty` ms, or as long as its `Retry-After` says, while
 * another is left; however fast it fails, it attracts nothing. A pick is O(n) up to 32 endpoints and O(1)
 * above; a change of membership or weight costs O(n) once.
 *
 * Source: the estimate is the maximum likelihood for censored exponential lifetimes (Epstein and Sobel, "Life
 * Testing", 1953) with forward decay (Cormode et al., 2009), and the mean is mixed in by credibility (Bühlmann,
 * 1967); the sample with a memory is Mitzenmacher,
 * Prabhakar and Shah, "Load Balancing with Memory" (2002); the failure penalty is Linkerd's `PenaltyPeakEwma`.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` for a `penalty` that is not a duration greater than 0
 */
export function leastLatency(options: LeastLatencyOptions = {}): Policy {
  return new LeastLatencyPolicy(options)
}
