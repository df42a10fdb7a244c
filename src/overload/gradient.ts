import type { Random } from '../core/random.js'
import type { AdaptiveLimit } from './adaptive-limit.js'

/** A window ends after so many ms and so many calls, or twice the limit: what is under way comes back twice. */
const WINDOW = 100
const SAMPLES = 25
const ROUNDS = 2
/** So many calls are enough to know the latency without load; Envoy takes as many. */
const BASE_SAMPLES = 50
/** The latency without load is measured with this share of the limit in flight. */
const LIGHT = 1 / 3
/** The limit grows only when more than this share of it is used. */
const USED = 1 / 2
/** A shorter latency is taken for this, in ms: clocks may tell no less apart. */
const FINEST = 1
/** It halves at the most. */
const STEEPEST = 0.5
/** When the latency without load is measured again, in ms; half as much more or less, or all would do it at a time. */
const REMEASURE = 30_000
/** Measuring is given up after so many times the latency under load, and no sooner than after so many ms. */
const MEASURE_MOST = 100
const MEASURE_LEAST = 1_000
/** With this share of calls dropped the limit does not grow at all. */
const MANY_DROPS = 0.02
/** How far one window moves the base: one under load, which can only pull it down, and one without. */
const PULL = 0.1
const FOLLOW = 0.3

/** The adaptive limit of one endpoint. */
export class GradientLimit {
  readonly #options: AdaptiveLimit
  readonly #random: Random
  /** As it would be if it need not be a whole number, nor be lowered to measure. */
  #limit: number
  #measuring = false
  /** Latency without load in ms. */
  base = Number.NaN
  #measureAt = Number.NEGATIVE_INFINITY
  #measureEnds = 0
  /** So many calls may still come back that began under more load; `Infinity` while there are too many. */
  #skip = 0
  #startedAt = Number.NaN
  #samples = 0
  #sum = 0
  #drops = 0
  #peak = 0

  constructor(options: AdaptiveLimit, random: Random) {
    this.#options = options
    this.#random = random
    this.#limit = options.initial
  }

  /** What holds now. */
  get limit(): number {
    const { min } = this.#options
    return Math.max(min, Math.floor(this.#measuring ? this.#limit * LIGHT : this.#limit))
  }

  /** A call came back with an answer; `inFlight` counts it as well. */
  answered(latency: number, inFlight: number, now: number): void {
    if (this.#measuring && now > this.#measureEnds) this.#giveUp(now)
    if (this.#skip > 0) {
      // Whoever comes back soonest after that was also sent soon: as many again are let go by.
      if (this.#skip < Number.POSITIVE_INFINITY) this.#skip--
      else if (inFlight <= this.limit) this.#skip = inFlight
      return
    }
    if (!(latency >= 0)) return
    this.#samples++
    this.#sum += latency
    this.#count(inFlight, now)
  }

  /** A call timed out, or was turned away. */
  dropped(inFlight: number, now: number): void {
    // Latency among calls that are turned away says nothing.
    if (this.#measuring) this.#stopMeasuring(now)
    this.#drops++
    this.#count(inFlight, now)
  }

  #count(inFlight: number, now: number): void {
    if (Number.isNaN(this.#startedAt)) this.#startedAt = now
    if (inFlight > this.#peak) this.#peak = inFlight
    if (now - this.#startedAt < WINDOW) return
    const needed = this.#measuring ? BASE_SAMPLES : SAMPLES
    if (this.#samples + this.#drops < Math.max(needed, ROUNDS * this.limit)) return
    if (this.#measuring) this.#measured(now)
    else this.#adjust(now)
  }

  #measured(now: number): void {
    this.#settle(this.#sum / this.#samples, now)
    this.#stopMeasuring(now)
  }

  #stopMeasuring(now: number): void {
    this.#measuring = false
    this.#skip = 0
    this.#reset(now)
  }

  #adjust(now: number): void {
    const { min, max, tolerance } = this.#options
    const mean = this.#sum / this.#samples
    const drops = this.#drops / (this.#drops + this.#samples)
    const limit = this.#limit
    if (this.#samples > 0) {
      if (Number.isNaN(this.base)) this.base = mean
      else if (this.#peak <= limit * LIGHT && drops === 0)
        this.#settle(this.base + (mean - this.base) * FOLLOW, now)
      else if (mean < this.base) this.base += (mean - this.base) * PULL
    }
    const well = tolerance * Math.max(this.base, FINEST)
    const gradient = this.#samples === 0 ? STEEPEST : Math.min(mean > well ? well / mean : 1, 1 - drops)
    const room = Math.sqrt(limit) * Math.max(0, 1 - drops / MANY_DROPS)
    const next = Math.max(STEEPEST, gradient) * limit + room
    const grows = next > limit && this.#peak > limit * USED
    this.#limit = Math.min(max, Math.max(min, grows ? next : Math.min(limit, next)))
    this.#reset(now)
    if (now < this.#measureAt || drops > 0) return
    this.#measuring = true
    this.#skip = Number.POSITIVE_INFINITY
    this.#measureEnds = now + Math.max(MEASURE_LEAST, MEASURE_MOST * mean)
  }

  /** Calls that go on for ever, or hardly any at all: it is not worth keeping others away. */
  #giveUp(now: number): void {
    this.#settle(this.base, now)
    this.#stopMeasuring(now)
  }

  #settle(base: number, now: number): void {
    this.base = base
    this.#measureAt = now + REMEASURE * (0.5 + this.#random())
  }

  #reset(now: number): void {
    this.#startedAt = now
    this.#samples = 0
    this.#sum = 0
    this.#drops = 0
    this.#peak = 0
  }
}
