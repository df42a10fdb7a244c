import type { LiveEndpoint } from '../core/endpoint.js'
import { BalancerError } from '../core/errors.js'
import { BROKEN, classifyError, namesAnother } from '../transport/classify-error.js'
import type { RequestTemplate } from '../transport/request-template.js'
import type { ErrorVerdict, Transport } from '../transport/transport.js'

const IGNORED: ErrorVerdict = { kind: 'ignored', progress: 'sent' }

/** What an error of sending a request means. */
export function classifySending(
  error: unknown,
  endpoint: LiveEndpoint,
  template: RequestTemplate,
  transport: Transport,
): ErrorVerdict {
  if (template.body.failed) return IGNORED
  const known = transport.classify?.(error)
  if (known !== undefined) return known
  const verdict = classifyError(error)
  // Redirects are followed within the attempt: somebody else was not reached, after the endpoint had answered.
  if (verdict?.progress === 'unsent' && namesAnother(error, endpoint)) return { ...verdict, progress: 'sent' }
  if (verdict !== undefined) return verdict
  if (error instanceof BalancerError && error.code === 'ERR_INVALID_CONFIG') return IGNORED
  if (error instanceof TypeError && template.isRefused()) return IGNORED
  return BROKEN
}

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function assertFetchable({ scheme, url }: LiveEndpoint): void {
  if (scheme === 'http' || scheme === 'https') return
  throw new BalancerError(
    'ERR_INVALID_CONFIG',
    `fetch needs http or https endpoints, and ${url} is neither; use execute() or pick() for other protocols.`,
  )
}
