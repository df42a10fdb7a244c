import type { OutcomeKind } from '../core/outcome.js'
import type { Random } from '../core/random.js'
import { priorityOf, type Rank } from '../overload/call-priority.js'
import { Throttle, type ThrottleSettings } from '../overload/throttle.js'
import { type Refuser, refuse } from './rejection.js'

const NONE: readonly never[] = []

/** Refuses calls that the service would turn away. */
export class CallThrottle {
  readonly #refuser: Refuser
  readonly #random: Random
  readonly #throttle: Throttle

  constructor(refuser: Refuser, random: Random, settings: ThrottleSettings) {
    this.#refuser = refuser
    this.#random = random
    this.#throttle = new Throttle(settings)
  }

  /** @throws BalancerError `ERR_THROTTLED` */
  admit(what: string, rank: Rank, now: number): void {
    const chance = this.#throttle.chanceFor(rank, now)
    if (chance === 0 || this.#random() >= chance) return
    const { requests, accepts } = this.#throttle
    this.#throttle.refused(now)
    const seconds = this.#throttle.settings.window / 1_000
    const why =
      `of ${requests} attempts of the last ${seconds} s the service accepted ${accepts}, ` +
      `so ${Math.round(100 * chance)} % of ${priorityOf(rank)} calls are not sent`
    throw refuse(this.#refuser, {
      ...{ reason: 'throttled', rank, what, why, attempts: NONE, chance },
      ...{ limit: undefined, queued: 0, waited: 0 },
    })
  }

  observe(kind: OutcomeKind, now: number): void {
    this.#throttle.observe(kind, now)
  }

  snapshot(now: number): { requests: number; accepts: number; share: number } {
    const share = this.#throttle.share(now)
    return { requests: this.#throttle.requests, accepts: this.#throttle.accepts, share }
  }
}
