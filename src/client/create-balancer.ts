import type { Balancer } from './balancer.js'
import type { BalancerOptions } from './balancer-options.js'
import { LiveBalancer } from './live-balancer.js'
import { checkOptions } from './options.js'

/**
 * Makes a balancer for one service. Nothing happens yet: no timer, no look-up, no random number; so
 * it may stand at the top of a module, in a Worker too.
 *
 * ```ts
 * const users = createBalancer({ name: 'users', endpoints: ['http://10.0.0.1:8080', 'http://10.0.0.2:8080'] })
 * const response = await users.fetch('/v1/me')
 * ```
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`: names the option, what was given and what is allowed
 */
export function createBalancer(options: BalancerOptions): Balancer {
  return new LiveBalancer(checkOptions(options))
}
