import { Gate, type LiveEndpoint } from '../core/endpoint.js'
import type { Outcome } from '../core/outcome.js'
import type { Ticket } from '../resilience/service-circuit.js'
import type { Probation } from './probation.js'

/** Who gave an endpoint out. */
export interface LeaseOwner {
  /** Takes it back, with what came of it. */
  settle(lease: Lease, outcome: Outcome, now: number): void
  /**
   * There is an answer, and it is in use from now on: the body of a response, or a result that lasts, such as a
   * connection, whose end says nothing once it has stood for a while.
   */
  established(lease: Lease, outcome: Outcome, lasting: boolean, now: number): void
}

/** Nothing was sent: it is as if the endpoint had not been taken. */
export const UNUSED: Outcome = {
  kind: 'cancelled',
  progress: 'unsent',
  latency: Number.NaN,
  status: undefined,
  retryAfter: undefined,
  load: undefined,
  final: false,
  error: undefined,
}

/** Gates that close without a new epoch. */
const SILENT = Gate.WEIGHT | Gate.COOLDOWN | Gate.REMOVED | Gate.OUTSIDE | Gate.FAULT

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
  /** Of a result that lasts. Written by the owner. */
  probation: Probation | undefined
  readonly #owner: LeaseOwner
  #settled = false

  constructor(
    owner: LeaseOwner,
    endpoint: LiveEndpoint,
    number: number,
    startedAt: number,
    lostBefore: number,
    trial: boolean,
    ticket: Ticket | undefined,
  ) {
    this.#owner = owner
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

  /** There is an answer, and it is in use until the endpoint is given back, if it has not been. */
  established(outcome: Outcome, lasting: boolean, now: number): void {
    if (!this.#settled) this.#owner.established(this, outcome, lasting, now)
  }

  /** Gives the endpoint back. Only the first time counts. */
  settle(outcome: Outcome, now: number): void {
    if (this.#settled) return
    this.#settled = true
    this.#owner.settle(this, outcome, now)
  }
}
