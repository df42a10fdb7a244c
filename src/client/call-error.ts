import { Gate, type LiveEndpoint } from '../core/endpoint.js'
import { type AttemptRecord, BalancerError, type BalancerErrorCode } from '../core/errors.js'
import type { Engine } from './engine.js'

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

/** The most telling short thing about an error: the code of its deepest cause, else its message. */
export function reasonOf(error: unknown): string | undefined {
  let found: string | undefined
  let current = error
  for (let depth = 0; depth < 5 && typeof current === 'object' && current !== null; depth++) {
    const { code, message, cause, errors } = current as Record<
      'code' | 'message' | 'cause' | 'errors',
      unknown
    >
    if (typeof code === 'string') found = code
    else if (found === undefined && typeof message === 'string' && message !== '') found = message
    current = cause ?? (Array.isArray(errors) ? errors[0] : undefined)
  }
  return found
}

/** Nobody can be picked: says why. */
export function nobodyLeft(
  engine: Engine,
  what: string,
  attempts: readonly AttemptRecord[],
  now: number,
): BalancerError {
  const { name, endpoints, serviceCircuit } = engine
  if (serviceCircuit !== undefined && !serviceCircuit.allows(now)) {
    return circuitOpen(name, what, serviceCircuit.openUntil, attempts, now)
  }
  const broken = [...endpoints.all()].filter((endpoint) => (endpoint.gates & Gate.CIRCUIT) !== 0)
  if (broken.length > 0) return circuitOpen(name, what, Math.min(...broken.map(opensAt)), attempts, now)
  const why =
    endpoints.count === 0
      ? 'the endpoint list is empty'
      : `all ${endpoints.count} endpoints have weight 0, which means "no new calls"`
  return callFailed('ERR_NO_ENDPOINTS', name, what, why, attempts)
}

function circuitOpen(
  balancer: string,
  what: string,
  until: number,
  attempts: readonly AttemptRecord[],
  now: number,
): BalancerError {
  const retryAfter = Math.max(0, Math.ceil(until - now))
  const why =
    retryAfter > 0
      ? `every circuit breaker is open, the next trial call is let through in ${retryAfter} ms`
      : 'every circuit breaker is open, and its trial call is under way'
  const { code, message, cause } = callFailed('ERR_CIRCUIT_OPEN', balancer, what, why, attempts)
  return new BalancerError(code, message, { balancer, cause, attempts, retryAfter })
}

function opensAt(endpoint: LiveEndpoint): number {
  return Math.max(endpoint.circuitUntil, endpoint.gates & Gate.EJECTED ? endpoint.ejectedUntil : 0)
}
