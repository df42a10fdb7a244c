import { addressText, socketPath } from '../core/address.js'
import type { EndpointSpec } from '../core/endpoint.js'
import { invalidConfig } from '../core/errors.js'
import type { TransportCapabilities } from './transport.js'

const WANTED = 'undiciTransport() of evenkeel/node dials addresses; so does createBalancer() of evenkeel/node'

/**
 * Can an endpoint be sent to? One that is not for `fetch` is its user's business.
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function assertCapable(
  { scheme, address, port }: EndpointSpec,
  path: string,
  can: TransportCapabilities = {},
): void {
  if (address === undefined || (scheme !== 'http' && scheme !== 'https')) return
  const unix = socketPath(address) !== undefined
  if (unix ? can.unixSocket : can.dialAddress) return
  throw invalidConfig(
    `${path}.address`,
    addressText(address, port),
    `none with this transport, which ${unix ? 'cannot connect to sockets of Unix' : "connects to the URL's own host"}: ${WANTED}`,
  )
}

/**
 * Can be sent to what a source finds?
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function assertDials(
  { name, dialsAddresses }: { readonly name: string; readonly dialsAddresses?: boolean },
  can: TransportCapabilities = {},
): void {
  if (!dialsAddresses || can.dialAddress) return
  throw invalidConfig(
    'discovery',
    name,
    `a source without addresses of its own with this transport, which connects to the URL's own host: ${WANTED}`,
  )
}
