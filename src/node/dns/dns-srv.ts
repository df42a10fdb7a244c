import type { SrvRecord } from 'node:dns'
import { isIP } from 'node:net'
import { invalidConfig } from '../../core/errors.js'
import { parseEndpoint } from '../../core/parse-endpoint.js'
import type { DiscoverySource } from '../../discovery/source.js'
import { checkDnsOptions, DNS_KEYS, type DnsOptions } from './dns-options.js'
import { KnownName, type Learned, shortest } from './known-name.js'
import type { Names } from './names.js'
import { srvEndpoints } from './srv-endpoints.js'
import { watchNames } from './watch-names.js'

/** Options of {@link dnsSrv}. */
export interface DnsSrvOptions extends DnsOptions {
  /**
   * What all the servers are called: scheme, name for `Host` and TLS, base path. Default: as the SRV record is called,
   * `http://users.internal` for `_http._tcp.users.internal`, `redis://cache.internal` for `_redis._tcp.cache.internal`.
   */
  readonly url?: string | URL
}

/**
 * An endpoint for each address of each target of the SRV records of a name, `{ url, address, port, priority, weight }`,
 * with the target in its metadata. Priorities and weights are those of RFC 2782: the lowest priority is served first,
 * and weight 0 counts as 1.
 *
 * ```ts
 * createBalancer({ discovery: dnsSrv('_http._tcp.users.internal') })
 * createBalancer({ discovery: dnsSrv('users.service.consul', { url: 'http://users', servers: ['127.0.0.1:8600'] }) })
 * ```
 *
 * Looks and fails as {@link dns} does, but Node does not tell the TTL of SRV records: they are looked up again with their targets, when the
 * shortest TTL of those ends. A target whose addresses cannot be found keeps those that it had.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function dnsSrv(name: string, options: DnsSrvOptions = {}): DiscoverySource {
  const settings = checkDnsOptions(options, 'dnsSrv', [...DNS_KEYS, 'url'])
  const service = checkService(name)
  const { url, scheme } = parseEndpoint({ url: options.url ?? urlOf(service) }, 'dnsSrv')
  return {
    name: `dnsSrv ${service}`,
    dialsAddresses: /^https?$/.test(scheme),
    watch(sink, context) {
      const targets = new Targets()
      return watchNames(settings, sink, context, async (names, signal) => {
        const records = await names.services(service, signal)
        const { goodFor, errors, stale } = await targets.lookUp(records, (target) =>
          // A target is a whole name: not one to search for.
          names.addresses(`${target}.`, settings.families(), signal),
        )
        signal.throwIfAborted()
        const endpoints = srvEndpoints(url, records, (target) => targets.addressesOf(target))
        if (endpoints.length === 0) throw unusable(service, errors)
        sink.update(endpoints)
        return { goodFor, error: partly(service, errors), stale }
      })
    },
  }
}

/** What is known of the targets of a service. */
class Targets {
  #known = new Map<string, KnownName>()

  addressesOf(target: string): readonly string[] {
    return this.#known.get(target)?.addresses ?? []
  }

  /** Looks all of them up, and forgets those that are none any more. */
  async lookUp(records: readonly SrvRecord[], ask: (target: string) => ReturnType<Names['addresses']>) {
    // The root as target says that there is no such service, RFC 2782.
    const names = new Set(records.map(({ name }) => name).filter((name) => name !== '' && name !== '.'))
    this.#known = new Map([...names].map((name) => [name, this.#known.get(name) ?? new KnownName()]))
    const learned = await Promise.all(
      [...this.#known].map(async ([name, known]): Promise<Learned> => {
        try {
          return known.learn(await ask(name))
        } catch (error) {
          return { goodFor: undefined, error, stale: known.addresses.length > 0 }
        }
      }),
    )
    return {
      goodFor: shortest(learned.map(({ goodFor }) => goodFor)),
      errors: learned.map(({ error }) => error).filter((error) => error !== undefined),
      stale: learned.some(({ stale }) => stale),
    }
  }
}

function checkService(name: unknown): string {
  const ok = typeof name === 'string' && /^[\w-]+(\.[\w-]+)*\.?$/.test(name) && isIP(name) === 0
  if (!ok) throw invalidConfig('dnsSrv.name', name, "the name of SRV records, '_http._tcp.users.internal'")
  return name
}

/** `_service._proto.name`, where services are called as schemes of URLs are. */
function urlOf(name: string): string {
  const [, scheme, host] = /^_([a-z][a-z\d-]*)\._[a-z]+\.(.+?)\.?$/i.exec(name) ?? []
  if (host !== undefined) return `${scheme}://${host}`
  throw invalidConfig(
    'dnsSrv.url',
    undefined,
    `a URL that says what the servers of ${name} are called, 'http://users.internal'`,
  )
}

function unusable(name: string, errors: readonly unknown[]): unknown {
  return errors[0] ?? new Error(`${name} says that there is no such service: its target is the root`)
}

function partly(name: string, errors: readonly unknown[]): Error | undefined {
  const [cause] = errors
  if (cause === undefined) return undefined
  const reason = cause instanceof Error ? cause.message : String(cause)
  const others = errors.length === 1 ? '' : `, and ${errors.length - 1} more`
  return new Error(`not all targets of ${name} are known: ${reason}${others}`, { cause })
}
