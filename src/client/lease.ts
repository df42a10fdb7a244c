import { Gate, type LiveEndpoint } from '../core/endpoint.js'
import type { Outcome } from '../core/outcome.js'
import type { Ticket } from '../resilience/service-circuit.js'

/** Takes back an endpoint, with what came of it. */
export type Settle = (lease: Lease, outcome: Outcome, now: number) => void

/** Nothing was sent: it is as if the endpoint had not been taken. */
export const UNUSED: Outcome = {
  kind: 'cancelled',
  progress: 'unsent',
  latency: Number.NaN,
  status: undefined,
  retryAfter: undefined,
  load: undefined,
  error: undefined,
}

/** Gates that close without a new epoch. */
const SILENT = Gate.WEIGHT | Gate.COOLDOWN | Gate.REMOVED | Gate.OUTSIDE

/** An endpoint taken for one attempt, to be given back exactly once with what came of it. */
export class Lease {
  readonly endpoint: LiveEndpoint
  /** 1 for the first attempt of a call. */
  readonly number: number
  readonly startedAt: number
  /** For how long the event loop had been held up by then. */
  readonly lostBefore: number
  /** The endpoint's epoch at the start: a change since then makes the outcome a late one. */
  readonly epoch: number
  /** Is this the one call that tries out an ejected or broken endpoint? */
  readonly trial: boolean
  readonly ticket: Ticket | undefined
  readonly #settle: Settle
  #settled = false

  constructor(
    settle: Settle,
    endpoint: LiveEndpoint,
    number: number,
    startedAt: number,
    lostBefore: number,
    trial: boolean,
    ticket: Ticket | undefined,
  ) {
    this.#settle = settle
    this.endpoint = endpoint
    this.number = number
    this.startedAt = startedAt
    this.lostBefore = lostBefore
    this.epoch = endpoint.epoch
    this.trial = trial
    this.ticket = ticket
  }

  /** Has the endpoint changed since it was taken, so that it would not have been? */
  get stale(): boolean {
    return this.epoch !== this.endpoint.epoch || (this.endpoint.gates & SILENT) !== 0
  }

  /** Gives the endpoint back. Only the first time counts. */
  settle(outcome: Outcome, now: number): void {
    if (this.#settled) return
    this.#settled = true
    this.#settle(this, outcome, now)
  }
}
