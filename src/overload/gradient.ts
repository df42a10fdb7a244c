import type { Random } from '../core/random.js'
import type { AdaptiveLimit } from './adaptive-limit.js'

/** A window ends after so many ms and so many calls, or twice the limit: what is under way comes back twice. */
const WINDOW = 100
const SAMPLES = 25
const ROUNDS = 2
/** The latency without load is measured with this share of the limit in flight. */
const LIGHT = 1 / 3
/** The limit grows only when more than this share of it is used. */
const USED = 1 / 2
/** It halves at the most. */
const STEEPEST = 0.5
/** When the latency without load is measured again, in ms; half as much more or less, or all would do it at a time. */
const REMEASURE = 30_000
/** How far one window under load may pull the base down. */
const PULL = 0.1

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
  /** Calls that began before then do not count. */
  #since = Number.NEGATIVE_INFINITY
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
    if (this.#measuring && this.#since === Number.POSITIVE_INFINITY) {
      // Not before those have ended that are too many.
      if (inFlight <= this.limit) this.#reset(now)
      return
    }
    if (!(latency >= 0) || now - latency < this.#since) return
    this.#samples++
    this.#sum += latency
    this.#count(inFlight, now)
  }

  /** A call timed out, or was turned away. */
  dropped(inFlight: number, now: number): void {
    if (this.#measuring) return
    this.#drops++
    this.#count(inFlight, now)
  }

  #count(inFlight: number, now: number): void {
    if (Number.isNaN(this.#startedAt)) this.#startedAt = now
    if (inFlight > this.#peak) this.#peak = inFlight
    if (now - this.#startedAt < WINDOW) return
    if (this.#samples + this.#drops < Math.max(SAMPLES, ROUNDS * this.limit)) return
    if (this.#measuring) this.#measured(now)
    else this.#adjust(now)
  }

  #measured(now: number): void {
    this.#measuring = false
    this.#settle(this.#sum / this.#samples, now)
    this.#reset(now)
  }

  #adjust(now: number): void {
    const { min, max, tolerance } = this.#options
    const mean = this.#sum / this.#samples
    const drops = this.#drops / (this.#drops + this.#samples)
    const limit = this.#limit
    if (this.#samples > 0) {
      if (Number.isNaN(this.base)) this.base = mean
      else if (this.#peak <= limit * LIGHT && drops === 0) this.#settle(mean, now)
      else if (mean < this.base) this.base += (mean - this.base) * PULL
    }
    const gradient = this.#samples === 0 ? STEEPEST : Math.min(1, (tolerance * this.base) / mean, 1 - drops)
    const room = drops === 0 ? Math.sqrt(limit) : 0
    const next = Math.max(STEEPEST, gradient) * limit + room
    const grows = next > limit && this.#peak > limit * USED
    this.#limit = Math.min(max, Math.max(min, grows ? next : Math.min(limit, next)))
    this.#reset(now)
    if (now < this.#measureAt) return
    this.#measuring = true
    this.#since = Number.POSITIVE_INFINITY
  }

  #settle(base: number, now: number): void {
    this.base = base
    this.#measureAt = now + REMEASURE * (0.5 + this.#random())
  }

  #reset(now: number): void {
    this.#since = this.#measuring ? now : Number.NEGATIVE_INFINITY
    this.#startedAt = now
    this.#samples = 0
    this.#sum = 0
    this.#drops = 0
    this.#peak = 0
  }
}
