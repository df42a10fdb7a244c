import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import { isFailure, type Outcome } from '../core/outcome.js'
import { below } from '../core/random.js'
import { checkDuration, checkNumber, checkObject } from '../core/validate.js'
import { Exploration } from './exploration.js'
import { HotLine } from './hot-line.js'
import { EXPLORING, LEAST, LoadEstimates } from './load-estimates.js'
import type { PickContext, Policy } from './policy.js'
import { checkProbing, PROBE_KEYS, type ProbeOptions, Prober } from './prober.js'
import { TableWeights } from './table-weights.js'

/** Options of {@link prequal}. */
export interface PrequalOptions extends ProbeOptions {
  /**
   * The quantile of requests in flight above which an endpoint is hot, 0 to 1; at 1 hardly any is. Default 0.95.
   */
  readonly hotQuantile?: number
  /**
   * The latency in ms that a failed attempt counts as, when it took less and the server named no
   * `Retry-After`. Default 5 000.
   */
  readonly penalty?: number
}

/** A hot endpoint is taken all the same when the best cold one would take so many times as long. */
const WORTH_THE_HEAT = 1.3
/** Delays that differ by less than this share are alike, or those with the same news would act alike. */
const ALIKE = 0.1
/** Up to here all endpoints are compared; of more, some at random, and those that were heard of last. */
const FULL_SCAN = 16
const AT_RANDOM = 8
const RECENT = 16
/** Steps through [0, 1) that never come close to where they were. */
const GOLDEN = 0.6180339887498949

class PrequalPolicy {
  readonly name = 'prequal'
  readonly usesLoadReports = true
  readonly #options: PrequalOptions
  readonly #penalty: number
  readonly #estimates = new LoadEstimates()
  readonly #hot: HotLine
  readonly #exploration = new Exploration()
  readonly #prober: Prober | undefined
  /** Those that were heard of last, each maybe more than once. */
  readonly #recent: LiveEndpoint[] = []
  #heard = 0
  readonly #weights = new TableWeights()
  // Of the pick under way: the best cold and the best hot one, how long they would take, and what decides between
  // endpoints that are alike. Fractions are in fields, since V8 may wrap those that are passed to functions.
  #cold: LiveEndpoint | undefined
  #coldDelay = Number.POSITIVE_INFINITY
  #warm: LiveEndpoint | undefined
  #warmDelay = Number.POSITIVE_INFINITY
  #chance = Number.NaN

  constructor(options: PrequalOptions) {
    checkObject(options, 'prequal', ['hotQuantile', 'penalty', ...PROBE_KEYS])
    this.#options = options
    this.#hot = new HotLine(checkNumber(options.hotQuantile, 'prequal.hotQuantile', 0.95, { max: 1 }))
    this.#penalty = checkDuration(options.penalty, 'prequal.penalty', 5_000)
    const probing = checkProbing(options, 'prequal')
    if (probing !== undefined) {
      this.#prober = new Prober(probing, (endpoint, { inFlight, latency }, now) => {
        this.#estimates.heard(endpoint, inFlight, latency, now)
        this.#remember(endpoint)
      })
    }
  }

  pick(view: EndpointTable, context: PickContext): LiveEndpoint | undefined {
    this.#weights.refresh(view)
    this.#estimates.at(context)
    this.#prober?.tick(view, context)
    if (view.size === 1) return view.at(0)
    const looked = context.tried.length === 0 && this.#exploration.next(view, this.#estimates, context)
    return looked || this.#best(view, context)
  }

  start(endpoint: LiveEndpoint, now: number): void {
    this.#estimates.started(endpoint, now)
  }

  observe(endpoint: LiveEndpoint, outcome: Outcome, now: number): void {
    const { kind, latency, load, retryAfter } = outcome
    const failed = isFailure(kind) || kind === 'overloaded'
    const pause = failed ? Math.max(latency || 0, retryAfter ?? this.#penalty) : 0
    this.#estimates.ended(endpoint, outcome, pause, now)
    if (kind !== 'success' || Number.isNaN(latency)) return
    this.#hot.learn(((load?.inFlight ?? endpoint.inFlight) * this.#weights.mean) / endpoint.effectiveWeight)
    this.#remember(endpoint)
  }

  forget(endpoint: LiveEndpoint): void {
    this.#estimates.forget(endpoint)
  }

  close(): void {
    this.#prober?.close()
  }

  fork(): Policy {
    return new PrequalPolicy(this.#options)
  }

  #best(view: EndpointTable, context: PickContext): LiveEndpoint | undefined {
    const { random } = context
    this.#cold = this.#warm = undefined
    this.#coldDelay = this.#warmDelay = Number.POSITIVE_INFINITY
    const recent = this.#recent
    const all = view.size <= FULL_SCAN
    const drawn = all ? view.size : AT_RANDOM
    const size = all ? drawn : drawn + recent.length
    let slot = below(random, view.size)
    // The plus is for V8, which would wrap every step in an object for fear that a function returned no number.
    let chance = +random()
    for (let i = 0; i < size; i++) {
      const endpoint = i < drawn ? view.at(slot) : recent[i - drawn]!
      if (++slot === view.size) slot = 0
      this.#chance = chance
      if (i < drawn || view.has(endpoint)) this.#compare(endpoint, context)
      chance += GOLDEN
      // No branch: processors could not foretell it.
      chance -= Number(chance >= 1)
    }
    return this.#coldDelay > WORTH_THE_HEAT * this.#warmDelay ? this.#warm : this.#cold
  }

  #compare(endpoint: LiveEndpoint, { random, tried }: PickContext): void {
    if (tried.length > 0 && tried.includes(endpoint)) return
    const estimates = this.#estimates
    const { equal, mean } = this.#weights
    estimates.assess(endpoint)
    const latency = estimates.expectedLatency
    let inFlight = estimates.expectedInFlight
    let spread = this.#chance
    let share = 1
    const alike = equal && endpoint.effectiveWeight === mean
    if (!alike) {
      share = endpoint.effectiveWeight / mean
      inFlight /= share
      spread = random()
    }
    const hot = inFlight > this.#hot.line
    const bar = hot ? this.#warmDelay : this.#coldDelay
    let delay = Math.max(LEAST, latency) * (1 + inFlight)
    if (!alike) {
      // What chance adds makes nobody better, and takes time.
      if (delay >= bar) return
      // The first of several exponential times of rates w is that of i with probability w_i / sum.
      spread = -Math.log(1 - spread) / share
    }
    delay *= 1 + ALIKE * spread
    // Nothing is known of it: one call goes there at once, and more only while there is nobody else.
    if (Number.isNaN(latency)) delay = endpoint.inFlight === 0 ? spread : EXPLORING * (1 + inFlight + spread)
    if (!(delay < bar)) return
    if (hot) {
      this.#warm = endpoint
      this.#warmDelay = delay
    } else {
      this.#cold = endpoint
      this.#coldDelay = delay
    }
  }

  #remember(endpoint: LiveEndpoint): void {
    this.#recent[this.#heard++ % RECENT] = endpoint
  }
}

/**
 * The endpoint that would answer soonest by what servers say of their load: hot-cold lexicographic
 * selection on requests in flight and latency.
 *
 * Servers say it with a header of their responses (`evenkeel-load` or ORCA's `endpoint-load-metrics`),
 * or to a `probe`. A report takes the place of the mean in what own calls tell of an endpoint's latency, time
 * waited over answers, so it works with servers that say nothing, or of which some do. A report counts for
 * less as it ages, as fast as own answers are forgotten, and its count of requests is corrected by the calls
 * of this process since. An endpoint with more requests in flight than `hotQuantile` of what is seen is hot:
 * cold ones are preferred, unless they are a good deal slower. Among its like the one with the least
 * `latency x (requests in flight + 1)` is taken. Delays within 10 % are alike and drawn from by weight; under
 * load each has requests in flight as its weight. A failed attempt drops what was reported, and the endpoint
 * counts as one that answers after `penalty`, however fast it failed. One call in a hundred, or one in
 * 30 s where calls are rare, looks at the endpoint that was not heard of for the longest time, so that a
 * healed one is found; fewer do where that is very slow.
 *
 * All endpoints are compared when there are at most 16, else 8 random ones and the last 16 that answered:
 * O(1) a pick.
 *
 * Source: Wydrowski et al., "Load is not what you should balance: Introducing Prequal" (NSDI 2024). Other
 * than there, reports ride on responses; news fade instead of being dropped after 1 s or some uses; a
 * latency is taken at the load that is expected now; and a hot endpoint is used when cold ones would take
 * 1.3 times as long, since with few endpoints the fastest are rightly the busiest.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` for an option out of its range
 */
export function prequal(options: PrequalOptions = {}): Policy {
  return new PrequalPolicy(options)
}
