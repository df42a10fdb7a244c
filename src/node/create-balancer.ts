import type { Balancer } from '../client/balancer.js'
import type { BalancerOptions } from '../client/balancer-options.js'
import { createBalancer as create } from '../client/create-balancer.js'
import { undiciTransport } from './transport/undici-transport.js'

/** Its own undici has no connections; its `fetch` is what there is. */
const isBun = 'Bun' in globalThis

/**
 * `createBalancer` of `evenkeel` with {@link undiciTransport}, by which a call is in flight until the end of its body at no
 * cost: `completion` is `'body'` unless you say otherwise. With a `transport` of your own, and on Bun, it is
 * the same as that of `evenkeel`.
 *
 * ```ts
 * const users = createBalancer({
 *   endpoints: [{ url: 'https://users.internal', address: '10.0.0.7' }, { url: 'https://users.internal', address: '10.0.0.8' }],
 * })
 * ```
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`: names the option, what was given and what is allowed
 */
export function createBalancer(options: BalancerOptions): Balancer {
  if (options?.transport !== undefined || isBun) return create(options)
  return create({ completion: 'body', ...options, transport: undiciTransport() })
}
