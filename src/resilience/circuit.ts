import CircuitBreaker, { type Options, type RotateController } from 'opossum'
import type { RecentVolume } from '../core/recent-volume.js'
import type { CircuitBreakerOptions } from './circuit-breaker-options.js'

const SUCCESS = Symbol('success')
const nothing = () => {}
/** Resolves on the spot, so that opossum changes its state within `fire`. */
const RESOLVED = {
  // biome-ignore lint/suspicious/noThenProperty: being a thenable is its purpose.
  then(resolved: () => void) {
    resolved()
    return { catch: nothing }
  },
}

/** opossum's action: ends at once in the outcome that it is fired with. */
function replay(outcome: unknown): unknown {
  if (outcome === SUCCESS) return RESOLVED
  throw outcome
}

/**
 * Moves opossum's window by the clock, on access, for all of the time that has passed. opossum would
 * use a timer for each breaker, which a frozen process or a Worker between requests does not run.
 */
class WindowRotation implements RotateController {
  #rotate: (() => void) | undefined
  #rotatedAt: number
  readonly #step: number
  readonly #steps: number

  constructor(now: number, options: Required<CircuitBreakerOptions>) {
    this.#rotatedAt = now
    this.#steps = options.rollingCountBuckets
    this.#step = options.rollingCountTimeout / this.#steps
  }

  on(_event: string, rotate: () => void): void {
    this.#rotate = rotate
  }

  removeListener(): void {
    this.#rotate = undefined
  }

  listenerCount(): number {
    return this.#rotate === undefined ? 0 : 1
  }

  advance(now: number): void {
    const steps = Math.floor((now - this.#rotatedAt) / this.#step)
    if (steps <= 0) return
    this.#rotatedAt += steps * this.#step
    for (let i = Math.min(steps, this.#steps); i > 0; i--) this.#rotate?.()
  }
}

/**
 * One circuit breaker. opossum makes every decision; this says when there is an opossum at all.
 *
 * | state | opossum | until |
 * |---|---|---|
 * | `idle` | none: nothing to watch, and nothing is paid for it | the first failure |
 * | `watching` | closed, primed with the calls that went well before | it opens, or a window passes without a failure |
 * | `open` | none | the trial ends, which falls due after `resetTimeout` |
 *
 * The trial's end is given to an opossum that starts half-open. So nothing here has a timer, and a
 * breaker that closes starts with an empty window.
 */
export class Circuit {
  readonly #options: Required<CircuitBreakerOptions>
  readonly #name: string
  #breaker: CircuitBreaker | undefined
  #rotation: WindowRotation | undefined
  #failedAt = 0
  /** Failures since the last success, or since a window has passed without one. */
  #inARow = 0
  /** When the first of them ended: calls that had begun by then tell of the same event. */
  #rowAt = 0
  #openUntil = 0
  #open = false

  constructor(name: string, options: Required<CircuitBreakerOptions>) {
    this.#name = name
    this.#options = options
  }

  get open(): boolean {
    return this.#open
  }

  /** When the trial of an open breaker falls due. */
  get openUntil(): number {
    return this.#openUntil
  }

  /** Nothing is watched: the breaker can be let go of. */
  get idle(): boolean {
    return this.#breaker === undefined && !this.#open
  }

  /** A call failed. `volume` says how many there were lately, for a breaker that is only made now. */
  failure(error: unknown, now: number, volume: RecentVolume, latency = 0): void {
    if (this.#open) return
    if (now - this.#failedAt > this.#options.rollingCountTimeout) this.#inARow = 0
    this.#failedAt = now
    if (this.#breaker === undefined) this.#watch(now, volume)
    this.#rotation?.advance(now)
    this.#fire(error)
    const { consecutiveFailures } = this.#options
    if (this.#inARow === 0) this.#rowAt = now
    if (this.#inARow === 0 || !(now - latency < this.#rowAt)) this.#inARow++
    if (this.#inARow >= consecutiveFailures && consecutiveFailures > 0) this.#breaker?.open()
    if (this.#breaker?.opened) this.#trip(now)
  }

  /** A call went well. */
  success(now: number): void {
    this.#inARow = 0
    if (this.#breaker === undefined) return
    if (now - this.#failedAt > this.#options.rollingCountTimeout) return this.#letGo()
    this.#rotation?.advance(now)
    this.#breaker.status.increment('fires')
  }

  /** The one call that an open breaker let through has ended. */
  trial(error: unknown, now: number): void {
    this.#breaker = new CircuitBreaker(replay, {
      ...this.#settings(now),
      state: { enabled: true, closed: false, halfOpen: true },
    })
    this.#fire(error ?? SUCCESS)
    if (this.#breaker.closed) {
      this.#letGo()
      this.#open = false
    } else this.#trip(now)
  }

  close(): void {
    this.#letGo()
  }

  #watch(now: number, volume: RecentVolume): void {
    const settings = this.#settings(now)
    // The call that failed is counted by `fire`.
    const fires = Math.max(0, volume.count(now, this.#options.rollingCountTimeout) - 1)
    const status = CircuitBreaker.newStatus({ ...settings, stats: { fires } })
    this.#breaker = new CircuitBreaker(replay, { ...settings, status })
  }

  #settings(now: number): Options {
    const { errorThresholdPercentage, volumeThreshold, resetTimeout } = this.#options
    const { rollingCountTimeout, rollingCountBuckets } = this.#options
    this.#rotation = new WindowRotation(now, this.#options)
    return {
      name: this.#name,
      timeout: false,
      errorThresholdPercentage,
      volumeThreshold,
      resetTimeout,
      rollingCountTimeout,
      rollingCountBuckets,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      rotateBucketController: this.#rotation,
    }
  }

  #fire(outcome: unknown): void {
    // The rejection is the outcome that went in.
    this.#breaker?.fire(outcome).catch(nothing)
  }

  #trip(now: number): void {
    this.#letGo()
    this.#inARow = 0
    this.#open = true
    this.#openUntil = now + this.#options.resetTimeout
  }

  /** `shutdown` also clears the reset timer that opossum sets when it opens. */
  #letGo(): void {
    this.#breaker?.shutdown()
    this.#breaker = undefined
    this.#rotation = undefined
  }
}
