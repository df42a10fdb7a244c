import type { LiveEndpoint } from '../core/endpoint.js'
import type { Outcome } from '../core/outcome.js'
import { FadingTime } from './fading-time.js'
import { Foresight } from './foresight.js'
import { WaitTable } from './wait-table.js'

/**
 * The quick memory lasts 4 mean latencies, the lasting one 16; but not less than the time of 8 and of
 * 120 calls, or there would be nothing left of them to compare when calls are few.
 */
const QUICK = { latencies: 4, calls: 8 }
const LASTING = { latencies: 16, calls: 120 }
/** With no calls at all both fade by time, with this time constant in ms. */
const STALE = 300_000
/** One step of time fades by no more than e^-20: enough to forget all, and nothing overflows. */
const MAX_FADE = 20
/**
 * Between two looks at the clock no call is taken to have waited longer than this, in ms or in mean
 * latencies, whichever is more: a process that was frozen has not been waiting.
 */
const LONGEST_STEP = { ms: 1_000, latencies: 20 }

/**
 * What calls have waited for at each endpoint, and how many answers came of it.
 *
 * For each endpoint there are two fading sums: W, the time that calls have spent waiting at it, also
 * those that are waiting still, and N, the number of answers. `W / N` is the estimate of its latency
 * that is right for lifetimes of which some have not ended yet (the maximum likelihood for censored
 * exponential ones): a call that is never answered makes it grow from the first millisecond.
 * With one more answer after the mean latency, `(W + mean) / (N + 1)`, it is defined for an endpoint
 * that nothing is known of, and an idle one drifts back to the mean by itself.
 *
 * How fast to forget depends on how fast the fleet changes. So both sums are kept twice, for a short
 * and for a long time, and that memory is believed which has been foretelling latencies better.
 */
export class WaitLedger {
  readonly table = new WaitTable()
  readonly quick = new FadingTime()
  readonly lasting = new FadingTime()
  readonly #foresight = new Foresight()
  /** The last look at the clock. */
  #at = Number.POSITIVE_INFINITY
  #now = Number.NaN
  /** Calls begun since time was last moved on. */
  #begun = 0
  /** Sum and number of the latencies of all endpoints, in the quick memory. */
  #latencies = 0
  #answers = 0
  /** Mean latency of all endpoints in ms; 0 while there is none. */
  mean = 0

  /** Does the lasting memory foretell latencies better than the quick one? */
  get steady(): boolean {
    return this.#foresight.steady
  }

  /** How far answers lie from what was foretold, on average: a variance in squares of the forecast. */
  get spread(): number {
    return this.#foresight.spread
  }

  /** So short that it is inlined everywhere: to pass a fraction to a function that is not, V8 wraps it in an object. */
  moveTo(now: number): void {
    this.#now = now
    this.#move()
  }

  start(endpoint: LiveEndpoint, now: number): void {
    this.moveTo(now)
    this.#begun++
    const { table, quick, lasting } = this
    const row = table.rowOf(endpoint)
    if (this.mean > 0) {
      table.foretell(
        row,
        table.quickEstimate(row, quick, this.mean),
        table.lastingEstimate(row, lasting, this.mean),
      )
    }
    table.begin(row, quick.elapsed, lasting.elapsed)
  }

  /** Ends a call's waiting. An answer counts as one, and a failure keeps others away for `pause` ms, if not 0. */
  end(endpoint: LiveEndpoint, { kind, latency }: Outcome, pause: number, now: number): void {
    this.moveTo(now)
    const { table, quick, lasting } = this
    const row = table.rowOf(endpoint)
    // Nothing is known of what it would have taken; also after a freeze.
    const says =
      latency >= 0 && latency < Number.POSITIVE_INFINITY && kind !== 'ignored' && kind !== 'stalled'
    if (!says) return table.withdraw(row)
    table.end(row, latency, quick, lasting)
    if (pause > 0) return table.pause(row, now, now + pause)
    if (kind !== 'success') return
    this.#foresight.judge(latency, table.foretoldQuick(row), table.foretoldLasting(row))
    table.answered(row, latency, now, quick.scale, lasting.scale)
    this.#latencies += latency * quick.scale
    this.#answers += quick.scale
    this.mean = this.#latencies / this.#answers
  }

  forget(endpoint: LiveEndpoint): void {
    this.table.forget(this.table.rowOf(endpoint))
  }

  #move(): void {
    const now = this.#now
    const passed = now - this.#at
    if (!(passed > 0)) {
      if (this.#at === Number.POSITIVE_INFINITY) this.#at = now
      return
    }
    this.#at = now
    const ms = Math.min(passed, Math.max(LONGEST_STEP.ms, LONGEST_STEP.latencies * this.mean))
    const stale = Math.min(passed / STALE, MAX_FADE)
    const begun = this.#begun
    this.#begun = 0
    const latencies = this.mean > 0 ? ms / this.mean : 0
    this.quick.pass(ms, Math.max(stale, Math.min(latencies / QUICK.latencies, begun / QUICK.calls, MAX_FADE)))
    this.lasting.pass(
      ms,
      Math.max(stale, Math.min(latencies / LASTING.latencies, begun / LASTING.calls, MAX_FADE)),
    )
    if (this.quick.isLarge) this.#shrinkQuick()
    if (this.lasting.isLarge) this.table.scaleLasting(this.lasting.shrink())
  }

  #shrinkQuick(): void {
    const factor = this.quick.shrink()
    this.table.scaleQuick(factor)
    this.#latencies *= factor
    this.#answers *= factor
  }
}
