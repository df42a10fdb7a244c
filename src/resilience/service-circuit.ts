import { isFailure, type Outcome } from '../core/outcome.js'
import { RecentVolume } from '../core/recent-volume.js'
import { Circuit } from './circuit.js'
import type { CircuitBreakerOptions } from './circuit-breaker-options.js'

/** An attempt's leave to go ahead, given back with its outcome. */
export interface Ticket {
  readonly epoch: number
  readonly trial: boolean
}

/** How a service's breaker changed with an outcome. */
export type CircuitChange = 'opened' | 'closed' | undefined

/** A trial that has not ended by then was lost, and another one is let through: 60 s. */
const TRIAL_LIMIT = 60_000

/** One breaker for all endpoints together. */
export class ServiceCircuit {
  readonly #circuit: Circuit
  readonly #window: number
  readonly #volume = new RecentVolume()
  #epoch = 0
  #trialRunning = false
  #trialAt = 0

  constructor(name: string, options: Required<CircuitBreakerOptions>) {
    this.#circuit = new Circuit(name, options)
    this.#window = options.rollingCountTimeout
  }

  get state(): 'closed' | 'open' | 'half-open' {
    if (!this.#circuit.open) return 'closed'
    return this.#trialRunning ? 'half-open' : 'open'
  }

  /** When the next trial may go through. */
  get openUntil(): number {
    return this.#circuit.openUntil
  }

  /** Would an attempt be let through now? */
  allows(now: number): boolean {
    if (!this.#circuit.open) return true
    return this.#trialRunning ? now >= this.#trialAt + TRIAL_LIMIT : now >= this.#circuit.openUntil
  }

  /** Leave for one attempt; `undefined` while the breaker is open or its trial is under way. */
  admit(now: number): Ticket | undefined {
    if (!this.#circuit.open) return { epoch: this.#epoch, trial: false }
    if (!this.allows(now)) return undefined
    this.#trialRunning = true
    this.#trialAt = now
    // A new epoch: the end of an older trial, given up for lost, is not the end of this one.
    return { epoch: ++this.#epoch, trial: true }
  }

  /** Takes back leave that was not used. */
  giveBack(ticket: Ticket): void {
    if (ticket.trial && ticket.epoch === this.#epoch) this.#trialRunning = false
  }

  settle(ticket: Ticket, outcome: Outcome, now: number, again = false): CircuitChange {
    // A result from before the last change of state says nothing about the present one.
    if (ticket.epoch !== this.#epoch) return undefined
    const failed = isFailure(outcome.kind)
    const neutral = !failed && outcome.kind !== 'success'
    if (ticket.trial) {
      this.#trialRunning = false
      if (neutral) return undefined
      this.#circuit.trial(failed ? outcome.kind : undefined, now)
      this.#epoch++
      return this.#circuit.open ? 'opened' : 'closed'
    }
    if (neutral) return undefined
    this.#volume.add(now, this.#window)
    if (failed)
      this.#circuit.failure(
        outcome.kind,
        now,
        this.#volume,
        again ? Number.POSITIVE_INFINITY : outcome.latency,
      )
    else this.#circuit.success(now)
    if (!this.#circuit.open) return undefined
    this.#epoch++
    return 'opened'
  }

  close(): void {
    this.#circuit.close()
  }
}
