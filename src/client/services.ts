import { describe, invalidConfig } from '../core/errors.js'
import type { Balancer } from './balancer.js'

/** Balancers, and the hosts in URLs that they stand for. */
export class Services {
  readonly #byHost = new Map<string, Balancer>()

  /** @throws BalancerError `ERR_INVALID_CONFIG` for a key that is no host, or a value that is no balancer */
  constructor(given: Readonly<Record<string, Balancer>>) {
    if (typeof given !== 'object' || given === null)
      throw invalidConfig('services', given, 'an object of balancers by host')
    for (const [host, balancer] of Object.entries(given)) {
      if (typeof balancer?.fetch !== 'function')
        throw invalidConfig(`services.${host}`, balancer, 'a balancer')
      const canonical = canonicalHost(host)
      if (this.#byHost.has(canonical)) throw invalidConfig(`services.${host}`, host, 'each host once')
      this.#byHost.set(canonical, balancer)
    }
  }

  /** Who balances what goes to a URL of http(s); `undefined` for nobody. */
  of({ host, protocol }: URL): Balancer | undefined {
    // A URL does not keep the port that its scheme has anyway, while the key `users:443` does.
    return this.#byHost.get(host) ?? (protocol === 'https:' ? this.#byHost.get(`${host}:443`) : undefined)
  }
}

function canonicalHost(key: string): string {
  const url = URL.canParse(`http://${key}/`) ? new URL(`http://${key}/`) : undefined
  if (url === undefined || url.host !== key.toLowerCase()) {
    throw invalidConfig(
      `services.${key}`,
      `the key ${describe(key)}`,
      "a host as in a URL, 'users' or 'users.internal:8080'",
    )
  }
  return url.host
}
