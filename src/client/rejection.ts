import type { EndpointSet } from '../core/endpoint-set.js'
import type { AttemptRecord, BalancerError, BalancerErrorCode } from '../core/errors.js'
import { priorityOf, type Rank } from '../overload/call-priority.js'
import type { BalancerEvents, Events } from '../telemetry/events.js'
import { callFailed } from './call-error.js'
import type { Totals } from './totals.js'

/** What of a balancer has to do with a call that is refused. */
export interface Refuser {
  readonly name: string
  readonly endpoints: EndpointSet
  readonly events: Events
  readonly totals: Totals
}

/** A call that is refused, and why. */
export interface Refusal {
  readonly reason: BalancerEvents['rejected']['reason']
  readonly rank: Rank
  readonly what: string
  readonly why: string
  readonly attempts: readonly AttemptRecord[]
  readonly limit: number | undefined
  readonly queued: number
  readonly waited: number
  readonly chance: number | undefined
}

const CODES: Readonly<Record<Refusal['reason'], BalancerErrorCode>> = {
  limit: 'ERR_CONCURRENCY_LIMIT',
  timeout: 'ERR_CONCURRENCY_LIMIT',
  displaced: 'ERR_CONCURRENCY_LIMIT',
  deadline: 'ERR_DEADLINE_EXCEEDED',
  throttled: 'ERR_THROTTLED',
}

/** Counts and tells that a call is refused; returns the error for it. */
export function refuse(by: Refuser, refusal: Refusal): BalancerError {
  const { reason, rank, what, why, attempts, limit, queued, waited, chance } = refusal
  if (reason === 'throttled') by.totals.throttled++
  else by.totals.rejected++
  const { inFlight } = by.endpoints
  by.events.emit('rejected', {
    ...{ reason, priority: priorityOf(rank), inFlight, limit, queued, waited, chance },
  })
  return callFailed(CODES[reason], by.name, what, why, attempts)
}
