import { invalidConfig } from '../core/errors.js'
import type { Outcome } from '../core/outcome.js'
import {
  checkDuration,
  checkFunction,
  checkHeader,
  checkMethods,
  checkNumber,
  checkObject,
} from '../core/validate.js'
import { ATTEMPT_HEADER } from './attempt-header.js'
import { type RetryBudget, type RetryBudgetOptions, SlidingRetryBudget } from './retry-budget.js'

/** What `shouldRetry` is told of the attempt that has just ended. */
export interface RetryContext {
  readonly outcome: Outcome
  /** The id of the endpoint that it went to. */
  readonly endpoint: string
  /** Attempts made so far. */
  readonly attempts: number
  /** May the request be sent twice without harm? */
  readonly idempotent: boolean
  /** What the rules would do. */
  readonly retry: boolean
}

/** Options of retries; times in ms. */
export interface RetryOptions {
  /**
   * Attempts of one call, the first included. An attempt that certainly never reached a server does
   * not count while there is an endpoint that this call has not tried. Default 3.
   */
  readonly attempts?: number
  /** Methods that may be sent twice. Default: the idempotent ones of RFC 9110. */
  readonly methods?: readonly string[]
  /** HTTP statuses that are tried again. Default 429, 502, 503, 504. */
  readonly statuses?: readonly number[]
  /**
   * Pause before a retry: a random time from 0 to `base` x 2^(retries - 1), at most `max`.
   * Default 25, at most 1 000 or `base`.
   */
  readonly backoff?: { readonly base?: number; readonly max?: number }
  /** Limit on retries as a share of calls: options, or a budget made by `retryBudget` to share. */
  readonly budget?: RetryBudgetOptions | RetryBudget
  /**
   * The header by which second and later attempts tell which they are, `evenkeel-attempt: 2`, so that
   * a server that calls others for it need not try again as well: see `attemptOf`. `false` for none.
   * Default `'evenkeel-attempt'`; none in browsers, where other origins would have to allow it.
   */
  readonly attemptHeader?: string | false
  /**
   * Has the last word on whether to try again, within attempts, budget and deadline, and says so at once:
   * true or false, no promise, which is `ERR_INVALID_CONFIG` and ends the call. It cannot make
   * a body that has been read be sent again. Default: what the rules say.
   */
  readonly shouldRetry?: (context: RetryContext) => boolean
}

interface Backoff {
  readonly base: number
  readonly max: number
}

/** Checked and completed. */
export interface RetrySettings {
  readonly attempts: number
  readonly methods: ReadonlySet<string>
  readonly statuses: ReadonlySet<number>
  readonly backoff: Backoff
  readonly budget: RetryBudget
  /** In small letters. */
  readonly attemptHeader: string | undefined
  readonly shouldRetry: ((context: RetryContext) => boolean) | undefined
}

/** RFC 9110, 9.2.2. */
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']
const STATUSES = [429, 502, 503, 504]
const BACKOFF: Backoff = { base: 25, max: 1_000 }
const KEYS = ['attempts', 'methods', 'statuses', 'backoff', 'budget', 'attemptHeader', 'shouldRetry']

export function checkRetry(given: RetryOptions | false, path: string, base?: RetrySettings): RetrySettings {
  const options = given === false ? { attempts: 1 } : given
  checkObject(options, path, KEYS)
  return {
    attempts: checkNumber(options.attempts, `${path}.attempts`, base?.attempts ?? 3, {
      min: 1,
      max: 100,
      integer: true,
    }),
    methods: checkMethods(options.methods, `${path}.methods`) ?? base?.methods ?? new Set(IDEMPOTENT),
    statuses: checkStatuses(options.statuses, `${path}.statuses`) ?? base?.statuses ?? new Set(STATUSES),
    backoff: checkBackoff(options.backoff ?? {}, `${path}.backoff`, base?.backoff ?? BACKOFF),
    budget: checkBudget(options.budget, `${path}.budget`, base?.budget),
    attemptHeader: checkAttemptHeader(options.attemptHeader, `${path}.attemptHeader`, base),
    shouldRetry: checkFunction(options.shouldRetry, `${path}.shouldRetry`, 'a function') ?? base?.shouldRetry,
  }
}

function checkAttemptHeader(given: unknown, path: string, base: RetrySettings | undefined) {
  if (given !== undefined) return checkHeader(given, path)
  if (base !== undefined) return base.attemptHeader
  return 'document' in globalThis ? undefined : ATTEMPT_HEADER
}

function checkBackoff(given: unknown, path: string, usual: Backoff): Backoff {
  const options = checkObject(given, path, ['base', 'max'])
  const base = checkNumber(options['base'], `${path}.base`, usual.base)
  const max = checkDuration(options['max'], `${path}.max`, Math.max(usual.max, base))
  if (max < base) throw invalidConfig(`${path}.max`, max, `no less than the base, which is ${base}`)
  return { base, max }
}

function checkStatuses(given: unknown, path: string): ReadonlySet<number> | undefined {
  if (given === undefined) return undefined
  const ok =
    Array.isArray(given) &&
    given.every((status) => Number.isInteger(status) && status >= 400 && status <= 599)
  if (!ok) throw invalidConfig(path, given, 'an array of statuses from 400 to 599')
  return new Set(given as number[])
}

function checkBudget(given: unknown, path: string, base: RetryBudget | undefined): RetryBudget {
  if (given === undefined) return base ?? new SlidingRetryBudget({}, path)
  if (isBudget(given)) return given
  if (typeof given === 'object' && given !== null && 'deposit' in given)
    throw invalidConfig(path, given, 'options, or a budget with deposit(), withdraw() and balance()')
  return new SlidingRetryBudget(given as RetryBudgetOptions, path)
}

function isBudget(given: unknown): given is RetryBudget {
  const budget = given as Partial<RetryBudget> | null
  return (['deposit', 'withdraw', 'balance'] as const).every((name) => typeof budget?.[name] === 'function')
}
