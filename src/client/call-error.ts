import { Gate, trialDueAt } from '../core/endpoint.js'
import type { EndpointSet } from '../core/endpoint-set.js'
import { type AttemptRecord, BalancerError, type BalancerErrorCode } from '../core/errors.js'
import type { MasterReason } from '../core/master-reason.js'
import type { Outcome } from '../core/outcome.js'
import type { Pool } from '../core/pool.js'
import { reasonOf } from '../core/reason.js'
import { lossOf } from '../policies/mastership.js'
import type { ServiceCircuit } from '../resilience/service-circuit.js'
import { describeTarget, type Target } from '../routing/target.js'
import type { Clock } from '../runtime/clock.js'
import type { Call } from './call.js'
import type { Lookout } from './lookout.js'
import type { Masters } from './masters.js'
import type { Route } from './route.js'

/** A call that failed: says what, where, how often and why. */
export function callFailed(
  code: BalancerErrorCode,
  balancer: string,
  what: string,
  why: string,
  attempts: readonly AttemptRecord[],
  cause: unknown = attempts.at(-1)?.error,
): BalancerError {
  const count = attempts.length
  const made = count === 0 ? 'no attempt was made' : count === 1 ? '1 attempt' : `${count} attempts`
  const list = attempts.map(line).join('; ')
  const message = `${what} on '${balancer}' failed: ${why} (${made}${list === '' ? '' : `: ${list}`})`
  return new BalancerError(code, message, { balancer, cause, attempts })
}

function line({ number, endpoint, kind, status, duration, error }: AttemptRecord): string {
  const detail = status ?? reasonOf(error)
  return `#${number} ${endpoint} ${kind}${detail === undefined ? '' : ` ${detail}`} after ${Math.round(duration)} ms`
}

/** The error that the caller sees for attempts that came to nothing. */
export function attemptFailed(
  { clock, name }: { readonly clock: Clock; readonly name: string },
  { what, timeout }: Pick<Call<never>, 'what' | 'timeout'>,
  { kind, error }: Outcome,
  deadline: number,
  attempts: readonly AttemptRecord[],
): BalancerError {
  if (kind !== 'timeout' && kind !== 'cancelled' && kind !== 'stalled')
    return callFailed('ERR_ATTEMPT_FAILED', name, what, reasonOf(error) ?? kind, attempts)
  // Timers of whole milliseconds fire up to one too early.
  return clock.now() + 1 >= deadline
    ? callFailed(
        'ERR_DEADLINE_EXCEEDED',
        name,
        what,
        `its total timeout of ${timeout.total} ms is over`,
        attempts,
      )
    : callFailed('ERR_ATTEMPT_TIMEOUT', name, what, `no answer within ${timeout.attempt} ms`, attempts)
}

/** What there is to pick from. */
interface Picking {
  readonly name: string
  readonly lookout: Lookout
  readonly endpoints: EndpointSet
  readonly serviceCircuit: ServiceCircuit | undefined
  readonly masters: Masters | undefined
}

/** Nobody can be picked: says why, and has the source of the list look again. */
export function nobodyLeft(
  engine: Picking,
  what: string,
  attempts: readonly AttemptRecord[],
  now: number,
  { pool = engine.endpoints.whole, fallback, target }: Route,
): BalancerError {
  const { name, endpoints, serviceCircuit } = engine
  engine.lookout.deserted(now)
  if (serviceCircuit !== undefined && !serviceCircuit.allows(now)) {
    return circuitOpen(name, what, ALL_OPEN, serviceCircuit.openUntil, attempts, now)
  }
  let broken = 0
  let ill = 0
  let members = 0
  let weighted = 0
  let backAt = Number.POSITIVE_INFINITY
  for (const endpoint of endpoints.all()) {
    if (!pool.accepts(endpoint) && fallback?.accepts(endpoint) !== true) continue
    members++
    if (endpoint.weight === 0) continue
    weighted++
    // With that its breaker decides nothing.
    if (endpoint.gates & Gate.FAULT) continue
    if (endpoint.gates & Gate.CIRCUIT) broken++
    if (endpoint.gates & Gate.UNHEALTHY) ill++
    backAt = Math.min(backAt, trialDueAt(endpoint))
  }
  if (broken > 0) {
    const who =
      broken === weighted
        ? ALL_OPEN
        : `every endpoint is ${ill > 0 ? 'unhealthy, ' : ''}ejected or its circuit breaker is open`
    return circuitOpen(name, what, within(who, target), backAt, attempts, now)
  }
  const why =
    members === 0 && endpoints.count > 0
      ? `none of ${endpoints.count} endpoints belongs to it`
      : engine.masters !== undefined && weighted > 0
        ? whyNoMaster(engine, pool, fallback)
        : whyNobody(members, backAt - now)
  return callFailed('ERR_NO_ENDPOINTS', name, what, within(why, target), attempts)
}

/** With `failover()`: how many cannot be master, by what is wrong with them. */
function whyNoMaster({ endpoints }: Picking, pool: Pool, fallback: Pool | undefined): string {
  const wrongs = new Map<MasterReason, number>()
  for (const endpoint of endpoints.all()) {
    if (!pool.accepts(endpoint) && fallback?.accepts(endpoint) !== true) continue
    const wrong = lossOf(endpoint)
    wrongs.set(wrong, (wrongs.get(wrong) ?? 0) + 1)
  }
  return `no endpoint can be master (${[...wrongs].map(([wrong, count]) => `${wrong}: ${count}`).join(', ')})`
}

function whyNobody(count: number, backIn: number): string {
  if (count === 0) return 'the endpoint list is empty'
  if (backIn === Number.POSITIVE_INFINITY)
    return `all ${count} endpoints have weight 0, which means "no new calls"`
  // Possible without panic mode, when the others have left the list.
  const trial = backIn > 0 ? `the next trial is due in ${Math.ceil(backIn)} ms` : 'a trial is under way'
  return `every endpoint that is left is ejected, and ${trial}`
}

/** Of whom that is said. */
function within(why: string, target: Target | undefined): string {
  return target === undefined ? why : `for ${describeTarget(target)}: ${why}`
}

const ALL_OPEN = 'every circuit breaker is open'

function circuitOpen(
  balancer: string,
  what: string,
  who: string,
  until: number,
  attempts: readonly AttemptRecord[],
  now: number,
): BalancerError {
  const retryAfter = Math.max(0, Math.ceil(until - now))
  const why =
    retryAfter > 0
      ? `${who}, the next trial call is let through in ${retryAfter} ms`
      : `${who}, and its trial call is under way`
  const { code, message, cause } = callFailed('ERR_CIRCUIT_OPEN', balancer, what, why, attempts)
  return new BalancerError(code, message, { balancer, cause, attempts, retryAfter })
}
