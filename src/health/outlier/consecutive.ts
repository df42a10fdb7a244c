import type { EjectionCause } from '../../core/ejection.js'
import type { LiveEndpoint } from '../../core/endpoint.js'
import type { OutcomeKind } from '../../core/outcome.js'
import type { OutlierSettings } from './options.js'

/**
 * Counts a failure. Three counts run side by side: of any kind, of a gateway (502, 503, 504), and of local origin
 * (nothing came back). A success starts all of them anew. Any other answer shows that somebody able to
 * answer is there, and starts the last two anew; they do not disturb each other, and their sum counts as well.
 */
export function countFailure(
  endpoint: LiveEndpoint,
  kind: OutcomeKind,
  limits: OutlierSettings,
): EjectionCause | undefined {
  endpoint.consecutiveFailures++
  if (kind === 'server-error') {
    endpoint.consecutiveGatewayFailures = 0
    endpoint.consecutiveLocalOriginFailures = 0
  } else if (kind === 'gateway-error') endpoint.consecutiveGatewayFailures++
  else endpoint.consecutiveLocalOriginFailures++
  return kind === 'server-error'
    ? anyKind(endpoint, limits)
    : (nobodyThere(endpoint, kind, limits) ?? anyKind(endpoint, limits))
}

export function startAnew(endpoint: LiveEndpoint): void {
  endpoint.consecutiveFailures = 0
  endpoint.consecutiveGatewayFailures = 0
  endpoint.consecutiveLocalOriginFailures = 0
}

function anyKind(endpoint: LiveEndpoint, limits: OutlierSettings): EjectionCause | undefined {
  return reached('consecutive-failures', endpoint.consecutiveFailures, limits.consecutiveFailures)
}

function nobodyThere(
  endpoint: LiveEndpoint,
  kind: OutcomeKind,
  limits: OutlierSettings,
): EjectionCause | undefined {
  const { consecutiveGatewayFailures: gateway, consecutiveLocalOriginFailures: local } = endpoint
  const { consecutiveGatewayFailures: mostGateway, consecutiveLocalOriginFailures: mostLocal } = limits
  const rule = kind === 'gateway-error' ? 'consecutive-gateway-failures' : 'consecutive-local-origin-failures'
  const own = kind === 'gateway-error' ? reached(rule, gateway, mostGateway) : reached(rule, local, mostLocal)
  if (own !== undefined || mostGateway === 0 || mostLocal === 0) return own
  return reached(rule, gateway + local, Math.max(mostGateway, mostLocal))
}

function reached(
  rule: 'consecutive-failures' | 'consecutive-gateway-failures' | 'consecutive-local-origin-failures',
  failures: number,
  limit: number,
): EjectionCause | undefined {
  return limit > 0 && failures >= limit ? { rule, failures, limit } : undefined
}
