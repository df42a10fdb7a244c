import type { LoadReport } from './load-report.js'

/**
 * What came of one attempt.
 *
 * | kind | meaning | held against the endpoint |
 * |---|---|---|
 * | `success` | answered, and the answer does not speak against the endpoint | no |
 * | `server-error` | a 5xx other than a gateway's; an error thrown by `execute`'s action | yes |
 * | `gateway-error` | 502, 503 or 504: nobody able to answer is behind that address | yes |
 * | `overloaded` | 429: alive, and asking for less | no, but its score suffers |
 * | `unreachable` | no connection was made, so nothing was sent | yes |
 * | `broken` | the connection broke, or what came back was not the protocol | yes |
 * | `timeout` | no answer within the attempt's timeout | yes |
 * | `cancelled` | the caller gave up: says nothing about the endpoint | no |
 * | `superseded` | another attempt of the same call was answered first; it would have taken longer | no, but its score suffers |
 * | `stalled` | this process was frozen or blocked for longer than the timeout: nothing is known | no |
 * | `ignored` | an error that is the caller's own and not the endpoint's | no |
 */
export type OutcomeKind = (typeof OUTCOME_KINDS)[number]

export const OUTCOME_KINDS = [
  'success',
  'server-error',
  'gateway-error',
  'overloaded',
  'unreachable',
  'broken',
  'timeout',
  'cancelled',
  'superseded',
  'stalled',
  'ignored',
] as const

/**
 * How far an attempt got, which decides whether a retry is safe: `unsent` means that the server
 * certainly saw nothing, `sent` that it may have, `answered` that a status came back.
 */
export type Progress = 'unsent' | 'sent' | 'answered'

/** When things happened to an attempt that was answered, in ms from its start. */
export interface Timing {
  /** The request began to be written: what came before was waiting for a connection. */
  readonly connected: number
  /** The headers of the response were there. */
  readonly headers: number
  /** The last byte of its body was; NaN as long as it has not come. */
  readonly end: number
}

/** The classified end of one attempt. */
export interface Outcome {
  readonly kind: OutcomeKind
  readonly progress: Progress
  /** Milliseconds from the start of the attempt to its end; NaN when that says nothing of the endpoint. */
  readonly latency: number
  /** The HTTP status, when there was one. */
  readonly status: number | undefined
  /** Milliseconds for which the server asked to be left alone (`Retry-After`). */
  readonly retryAfter: number | undefined
  /** What the server said of its load, when such reports were asked for (by the policy, by `redundancy`). */
  readonly load: LoadReport | undefined
  /** Did the server say that the call must not be tried again (a pushback)? */
  readonly final: boolean
  /** What was thrown, when something was. */
  readonly error: unknown
  /** The times of its parts, where the transport tells them. */
  readonly timing?: Timing | undefined
}

/** Is this kind held against the endpoint by outlier detection and the circuit breaker? */
export function isFailure(kind: OutcomeKind): boolean {
  switch (kind) {
    case 'server-error':
    case 'gateway-error':
    case 'unreachable':
    case 'broken':
    case 'timeout':
      return true
    default:
      return false
  }
}

/** Was the answer not waited for? Then the latency is the least that it would have taken. */
export function wasGivenUp(kind: OutcomeKind): boolean {
  return kind === 'cancelled' || kind === 'superseded'
}

/** Did somebody answer, so that it was load which the endpoint carried? */
export function wasServed(kind: OutcomeKind): boolean {
  return kind !== 'timeout' && kind !== 'unreachable' && kind !== 'stalled' && !wasGivenUp(kind)
}

/** Did something come back from the endpoint, if only that nobody is there? */
export function isHeard(kind: OutcomeKind): boolean {
  switch (kind) {
    case 'timeout':
    case 'cancelled':
    case 'superseded':
    case 'stalled':
    case 'ignored':
      return false
    default:
      return true
  }
}

/** An HTTP status as an outcome kind. */
export function kindOfStatus(status: number): OutcomeKind {
  if (status < 500) return status === 429 ? 'overloaded' : 'success'
  return status === 502 || status === 503 || status === 504 ? 'gateway-error' : 'server-error'
}
