import { kindOfStatus } from '../core/outcome.js'
import { parseRetryAfter } from '../resilience/retry-after.js'
import type { RetrySettings } from '../resilience/retry-options.js'
import { readLoadReport } from '../transport/load-report-headers.js'
import type { ResultVerdict } from './call.js'

/** What a response means for the endpoint that it came from; its load report is read if there is use for it. */
export function classifyResponse(
  response: Response,
  now: number,
  { statuses }: RetrySettings,
  usesLoadReports: boolean,
): ResultVerdict {
  const { status } = response
  const kind = kindOfStatus(status)
  const mayAsk = kind === 'overloaded' || kind === 'gateway-error'
  const retryAfter = mayAsk ? parseRetryAfter(response.headers.get('retry-after'), now) : undefined
  return {
    kind,
    status,
    retryAfter,
    load: usesLoadReports ? readLoadReport(response.headers) : undefined,
    again: kind === 'success' && status >= 400 && statuses.has(status),
  }
}

/** Lets go of a response that nobody gets, so that its connection is free again. */
export function discardResponse(response: Response): void {
  // A transport may give anything; the bodies of node-fetch are Node's streams.
  const body = response?.body as Partial<{ cancel(): unknown; destroy(): unknown }> | null | undefined
  try {
    const end = typeof body?.cancel === 'function' ? body.cancel() : body?.destroy?.()
    // A body that fails while it is cancelled has ended all the same.
    Promise.resolve(end).catch(() => {})
  } catch {
    // The same goes for one that cannot even be asked to.
  }
}
