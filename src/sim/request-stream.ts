import type { BalancedRequestInit } from '../client/balancer.js'
import type { Random } from '../core/random.js'
import type { Agenda, SimEvent } from './agenda.js'
import { arrivalProcess } from './arrivals.js'
import type { Plan } from './check-scenario.js'
import type { Client } from './client.js'
import { firstAbove, keySource } from './keys.js'
import type { Recorder } from './recorder.js'
import { stream } from './streams.js'

/** The requests: each arrives at a client, which makes the call that a user would make. */
export class RequestStream implements SimEvent {
  at = 0
  order = 0
  readonly #plan: Plan
  readonly #agenda: Agenda
  readonly #clients: readonly Client[]
  readonly #recorder: Recorder
  readonly #onEnd: () => void
  readonly #next: (now: number) => number
  readonly #sizes: Random
  readonly #choice: Random
  readonly #shares: Float64Array
  readonly #key: (() => string) | undefined
  readonly #init: BalancedRequestInit

  constructor(
    plan: Plan,
    agenda: Agenda,
    clients: readonly Client[],
    recorder: Recorder,
    run: { readonly duration: number; readonly seed: number; readonly onEnd: () => void },
  ) {
    const { duration, seed } = run
    this.#plan = plan
    this.#agenda = agenda
    this.#clients = clients
    this.#recorder = recorder
    this.#onEnd = run.onEnd
    this.#next = arrivalProcess(plan.arrivals, duration, stream(seed, 'arrivals'))
    this.#sizes = stream(seed, 'sizes')
    this.#choice = stream(seed, 'clients')
    this.#shares = cumulated(plan.clients.map(({ share }) => share))
    this.#key = plan.keys && keySource(plan.keys.count, plan.keys.skew, stream(seed, 'keys'))
    this.#init = { method: plan.method }
    agenda.add(this, this.#next(0))
  }

  happen(): void {
    const { now } = this.#agenda
    const request = this.#recorder.arrive(now)
    if (this.#recorder.arrived < this.#plan.requests) this.#agenda.add(this, this.#next(now))
    this.#call(request, now)
  }

  #call(request: number, arrivedAt: number): void {
    const clients = this.#clients
    const { balancer, transport } = clients[
      clients.length === 1 ? 0 : firstAbove(this.#shares, this.#choice())
    ] as Client
    transport.size = this.#sizes()
    const answer = balancer.fetch('/', this.#request())
    if (!Number.isNaN(transport.size)) {
      // It was not sent in the same breath: what becomes of it is to be seen.
      transport.size = Number.NaN
      this.#agenda.stirred = true
    }
    answer.then(
      ({ status }) => {
        if (status < 400) this.#recorder.answer(request, this.#agenda.now - arrivedAt)
        else this.#recorder.fail(request)
        this.#onEnd()
      },
      () => {
        this.#recorder.fail(request)
        this.#onEnd()
      },
    )
  }

  #request(): BalancedRequestInit {
    if (this.#key === undefined) return this.#init
    return { ...this.#init, balancer: { hashKey: this.#key() } }
  }
}

function cumulated(shares: readonly number[]): Float64Array {
  let sum = 0
  return Float64Array.from(shares, (share) => {
    sum += share
    return sum
  })
}
