import { type EndpointSpec, Gate, type LiveEndpoint } from './endpoint.js'

/** Does what a new description says decide in which tables an endpoint belongs? Its weight does not. */
export function movesWith(
  endpoint: LiveEndpoint,
  { priority, zone, region, metadata }: EndpointSpec,
): boolean {
  return (
    endpoint.priority !== priority ||
    endpoint.zone !== zone ||
    endpoint.region !== region ||
    endpoint.metadata !== metadata
  )
}

/** Takes over what may change without further ado. */
export function describe(endpoint: LiveEndpoint, spec: EndpointSpec): void {
  endpoint.zone = spec.zone
  endpoint.region = spec.region
  endpoint.metadata = spec.metadata
}

/** Gives an endpoint a weight, and what follows from it. */
export function weigh(endpoint: LiveEndpoint, weight: number): void {
  endpoint.weight = weight
  endpoint.effectiveWeight = weight * endpoint.warmth * endpoint.share
  endpoint.gates = weight > 0 ? endpoint.gates & ~Gate.WEIGHT : endpoint.gates | Gate.WEIGHT
}

/** How much of an endpoint this process uses. */
export function use(endpoint: LiveEndpoint, share: number): void {
  endpoint.share = share
  endpoint.gates = share > 0 ? endpoint.gates & ~Gate.OUTSIDE : endpoint.gates | Gate.OUTSIDE
  weigh(endpoint, endpoint.weight)
}

/** An id that comes back with another URL is another endpoint: nothing learned of the old one holds. */
export function identity(endpoint: { readonly id: string; readonly url: string }): string {
  return `${endpoint.id} ${endpoint.url}`
}
