import { kindOfStatus, type Timing } from '../core/outcome.js'
import { PUSHBACK_HEADER, parsePushback } from '../resilience/pushback.js'
import { limitPause, parseRetryAfter } from '../resilience/retry-after.js'
import type { RetrySettings } from '../resilience/retry-options.js'
import { readLoadReport } from '../transport/load-report-headers.js'
import type { ResultVerdict } from './call.js'

/** What a response means for the endpoint that it came from; its load report is read if there is use for it. */
export function classifyResponse(
  response: Response,
  now: number,
  { statuses }: RetrySettings,
  usesLoadReports: boolean,
  timing?: Timing,
): ResultVerdict {
  const { status } = response
  const kind = kindOfStatus(status)
  const mayAsk = kind === 'overloaded' || kind === 'gateway-error'
  const retryAfter = mayAsk ? parseRetryAfter(response.headers.get('retry-after'), now) : undefined
  const pushback = kind === 'success' ? undefined : parsePushback(response.headers.get(PUSHBACK_HEADER))
  return {
    kind,
    status,
    retryAfter: typeof pushback === 'number' ? limitPause(pushback) : retryAfter,
    load: usesLoadReports ? readLoadReport(response.headers) : undefined,
    final: pushback === 'never',
    timing,
    again: kind === 'success' && status >= 400 && statuses.has(status),
  }
}
