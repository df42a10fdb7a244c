import { invalidConfig } from '../core/errors.js'
import type { Outcome } from '../core/outcome.js'
import { below, type Random } from '../core/random.js'
import type { RetryContext, RetrySettings } from './retry-options.js'

/** What the rule looks at after an attempt that did not succeed. */
export interface RetryQuestion {
  readonly outcome: Outcome
  readonly endpoint: string
  /** Attempts made so far. */
  readonly attempts: number
  /** Of those, the ones that may have reached a server. */
  readonly reached: number
  readonly idempotent: boolean
  /** Can the request be sent again? Not when its stream has been read from. */
  readonly replayable: boolean
  /** Is there an endpoint that can be picked now and that this call has not tried? */
  readonly untriedLeft: boolean
  /** Ms until the first endpoint can be picked, 0 for now; `undefined`: none in sight. */
  readonly availableIn: number | undefined
  /** Ms until the call's deadline. */
  readonly left: number
  readonly now: number
}

/** Not again. */
export const STOP = -1

/**
 * Ms to wait before the next attempt, or {@link STOP}.
 *
 * The order matters: a retry is only taken out of the budget when nothing else stands in its way.
 */
export function nextDelay(settings: RetrySettings, question: RetryQuestion, random: Random): number {
  const { outcome, attempts, reached, untriedLeft, availableIn } = question
  if (!question.replayable || outcome.final || availableIn === undefined) return STOP
  // What never reached a server was no load on it: it only counts once every endpoint has been tried.
  if ((untriedLeft ? reached : attempts) >= settings.attempts) return STOP
  if (!wanted(settings, question)) return STOP
  const pause = outcome.progress === 'unsent' && untriedLeft ? 0 : backoff(settings, attempts, random)
  const delay = Math.max(pause, availableIn)
  if (delay >= question.left) return STOP
  return settings.budget.withdraw(question.now) ? delay : STOP
}

function wanted(settings: RetrySettings, question: RetryQuestion): boolean {
  const retry = advisable(settings, question)
  if (settings.shouldRetry === undefined) return retry
  const { outcome, endpoint, attempts, idempotent } = question
  const context: RetryContext = { outcome, endpoint, attempts, idempotent, retry }
  const decision: unknown = settings.shouldRetry(context)
  // A promise would always mean yes.
  if (typeof decision !== 'boolean')
    throw invalidConfig('retry.shouldRetry', decision, 'a function that returns true or false, and at once')
  return decision
}

function advisable(settings: RetrySettings, { outcome, idempotent }: RetryQuestion): boolean {
  switch (outcome.kind) {
    case 'cancelled':
    case 'ignored':
      return false
    default:
      if (outcome.progress === 'unsent') return true
      if (!idempotent) return false
      return outcome.status === undefined || settings.statuses.has(outcome.status)
  }
}

/** "Full jitter": a random time up to a doubling limit (AWS Architecture Blog, 2015). */
function backoff({ backoff: { base, max } }: RetrySettings, attempts: number, random: Random): number {
  return below(random, Math.min(max, base * 2 ** (attempts - 1)) + 1)
}
