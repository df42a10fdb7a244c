import type { Endpoint } from '../core/endpoint.js'
import type { Outcome } from '../core/outcome.js'
import type { Random } from '../core/random.js'

/** The endpoints of one priority, as a policy sees them: a live view, not a copy. */
export interface PolicyView {
  /** How many endpoints may be picked now: those at `0 … size - 1`, in no particular order. */
  readonly size: number
  /** How many endpoints there are at all; those from `size` on must not be picked now. */
  readonly total: number
  /** Changes when an endpoint comes, goes or gets another weight: rebuild an index when it differs. */
  readonly version: number
  at(index: number): Endpoint
  /** May this endpoint be picked now? */
  has(endpoint: Endpoint): boolean
}

/** What a policy may look at beside the endpoints. The object is reused: do not keep it. */
export interface PickContext {
  /**
   * The time in ms, read already. It stands still while the event loop is blocked, so that what the process
   * does to itself is not charged to endpoints; the times of `start` and `observe` are the same.
   */
  readonly now: number
  readonly random: Random
  /** Endpoints that this call has tried, to be avoided while another is left; empty on a first attempt. */
  readonly tried: readonly Endpoint[]
  /** What the call is to be told by, for policies that send the same key to the same endpoint. */
  readonly key: string | undefined
}

/**
 * Chooses the endpoint of the next attempt.
 *
 * `pick` is synchronous and called once an attempt, so it should allocate nothing. The balancer
 * holds the rest: it never asks with an empty view, and what comes back is checked: an endpoint
 * that may not be picked, or was tried by this call while another is left, is replaced by a random
 * one that fits. A policy therefore cannot send a call to a dead endpoint, however simple it is:
 *
 * ```ts
 * const firstListed: Policy = {
 *   name: 'first-listed',
 *   pick(view, { tried }) {
 *     for (let i = 0; i < view.size; i++) {
 *       if (!tried.includes(view.at(i))) return view.at(i)
 *     }
 *     return undefined
 *   },
 * }
 * ```
 */
export interface Policy {
  /** For snapshots and errors. */
  readonly name: string
  /** The endpoint to use, or `undefined` for "any that fits". */
  pick(view: PolicyView, context: PickContext): Endpoint | undefined
  /** Told of the start of every attempt, also of one that the policy did not choose (a trial, a pick by hand). */
  start?(endpoint: Endpoint, now: number): void
  /**
   * Told of the end of every attempt, for policies that learn; of one whose result lasts, such as a connection, when
   * that is there, while it goes on to count in `endpoint.inFlight`. Its latency is NaN when it says nothing.
   */
  observe?(endpoint: Endpoint, outcome: Outcome, now: number): void
  /** Told that an endpoint which was out is back: what was learned of it before does not hold any more. */
  forget?(endpoint: Endpoint): void
  /** The balancer is closed, or a fork's priority gone: ends what runs beside the calls. Only forks are closed. */
  close?(): void
  /** Ask servers' responses for load reports (`outcome.load`)? They are not looked for otherwise. */
  readonly usesLoadReports?: boolean
  /**
   * Are endpoints of all priorities in one view, since the policy goes by priority itself? Then nothing spills
   * over, and ejected endpoints are in the view only when nobody else is. It does not go with `locality`.
   */
  readonly spansPriorities?: boolean
  /**
   * A fresh policy of the same settings. A policy that keeps state should have this: every balancer
   * and every priority then gets one of its own.
   */
  fork?(): Policy
}
