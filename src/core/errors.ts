import type { OutcomeKind, Progress } from './outcome.js'

/** What went wrong, as a literal that code can switch on. */
export type BalancerErrorCode =
  | 'ERR_NO_ENDPOINTS'
  | 'ERR_CIRCUIT_OPEN'
  | 'ERR_CONCURRENCY_LIMIT'
  | 'ERR_THROTTLED'
  | 'ERR_ATTEMPT_FAILED'
  | 'ERR_ATTEMPT_TIMEOUT'
  | 'ERR_DEADLINE_EXCEEDED'
  | 'ERR_INVALID_CONFIG'
  | 'ERR_CLOSED'

/** One attempt of a call: where it went, how it ended, and how long it took. */
export interface AttemptRecord {
  /** 1 for the first attempt. */
  readonly number: number
  /** The id of the endpoint. */
  readonly endpoint: string
  readonly kind: OutcomeKind
  /** How far it got; `'unsent'` means that the server certainly saw nothing of it. */
  readonly progress: Progress
  /** The HTTP status, when there was an answer. */
  readonly status: number | undefined
  /** Milliseconds from the start of the attempt to its end. */
  readonly duration: number
  /** What was thrown, when something was. */
  readonly error: unknown
}

/** What {@link BalancerError} is made of. */
export interface BalancerErrorDetails {
  readonly balancer?: string | undefined
  readonly cause?: unknown
  readonly attempts?: readonly AttemptRecord[] | undefined
  readonly retryAfter?: number | undefined
}

const BRAND: unique symbol = Symbol.for('evenkeel.BalancerError') as never

/**
 * The one error that this library throws.
 *
 * `instanceof` works across duplicate copies of the package (ESM beside CJS, two versions in one
 * tree): it looks at a brand, not at the prototype.
 */
export class BalancerError extends Error {
  override readonly name = 'BalancerError'
  /** What went wrong. */
  readonly code: BalancerErrorCode
  /** The name of the balancer, when one was involved. */
  readonly balancer: string | undefined
  /** Every attempt of the call, in order; empty when none was made. */
  readonly attempts: readonly AttemptRecord[]
  /** Milliseconds after which another try makes sense, when that is known (`ERR_CIRCUIT_OPEN`). */
  readonly retryAfter: number | undefined

  constructor(code: BalancerErrorCode, message: string, details: BalancerErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.balancer = details.balancer
    this.attempts = details.attempts ?? []
    this.retryAfter = details.retryAfter
    Object.defineProperty(this, BRAND, { value: true })
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isBalancerError(value)
  }
}

/** True for a {@link BalancerError} of any copy of this package. */
export function isBalancerError(value: unknown): value is BalancerError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
}

/** An option is wrong: says which one, what was given, and what is allowed. */
export function invalidConfig(option: string, given: unknown, allowed: string): BalancerError {
  return new BalancerError(
    'ERR_INVALID_CONFIG',
    `Invalid option \`${option}\`: got ${describe(given)}; allowed is ${allowed}.`,
  )
}

/** A short, safe rendering of any value for a message. */
export function describe(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 120 ? `${value.slice(0, 117)}...` : value)
  if (typeof value === 'function') return `a function${value.name ? ` (${value.name})` : ''}`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value)
    return keys.length === 0 ? 'an empty object' : `an object with ${keys.slice(0, 5).join(', ')}`
  }
  return String(value)
}

/** A source, or a check, may fail with anything. */
export function textOf(error: unknown): string {
  return error instanceof Error || typeof error === 'string' ? String(error) : describe(error)
}
