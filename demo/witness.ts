import type { Balancer } from 'evenkeel'
import type { CallLog } from './statistics.ts'
import { KILLED, type Moment, SLOWED } from './story.ts'

/** What became of the server that turned slow, from then on. */
export interface SlowedFact {
  readonly server: string
  /** Share of the attempts or calls that it still got, 0 to 1. */
  readonly balancedShare: number
  readonly plainShare: number
}

/** What became of the server that was killed. */
export interface RestartedFact {
  readonly server: string
  /** Seconds from when it could be called again to its first answer to the balancer; `null`: none yet. */
  readonly backAfter: number | null
}

/** Remembers what has to be seen at its moment to be told at the end. */
export class Witness {
  readonly #balancer: Balancer
  readonly #plain: CallLog
  #callsWhenSlowed: { readonly all: number; readonly here: number } | undefined
  #slowedAt = 0
  #restartedAt: number | undefined
  #backAt: number | undefined

  constructor(balancer: Balancer, plain: CallLog) {
    this.#balancer = balancer
    this.#plain = plain
    balancer.on('attempt', ({ endpoint, kind }) => {
      if (endpoint.id === KILLED && kind === 'success' && this.#restartedAt !== undefined) {
        this.#backAt ??= performance.now()
      }
    })
  }

  /** @param at milliseconds since the beginning */
  saw(moment: Moment, at: number): void {
    if (moment.what === 'slowed') {
      this.#callsWhenSlowed = this.#attempts()
      this.#slowedAt = at
    } else if (moment.what === 'restarted') this.#restartedAt = performance.now()
  }

  get slowed(): SlowedFact | undefined {
    const before = this.#callsWhenSlowed
    if (before === undefined) return undefined
    const { all, here } = this.#attempts()
    const since = [...this.#plain.since(this.#slowedAt)]
    if (all === before.all || since.length === 0) return undefined
    return {
      server: SLOWED,
      balancedShare: (here - before.here) / (all - before.all),
      plainShare: since.filter(({ server }) => server === SLOWED).length / since.length,
    }
  }

  get restarted(): RestartedFact | undefined {
    if (this.#restartedAt === undefined) return undefined
    const backAfter = this.#backAt === undefined ? null : (this.#backAt - this.#restartedAt) / 1000
    return { server: KILLED, backAfter }
  }

  #attempts(): { all: number; here: number } {
    const { counts, endpoints } = this.#balancer.snapshot()
    return { all: counts.attempts, here: endpoints.find(({ id }) => id === SLOWED)?.calls ?? 0 }
  }
}
