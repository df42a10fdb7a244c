import { isIP } from 'node:net'
import { invalidConfig } from '../../core/errors.js'
import { parseEndpoint } from '../../core/parse-endpoint.js'
import type { DiscoverySource } from '../../discovery/source.js'
import { checkDnsOptions, DNS_KEYS, type DnsOptions } from './dns-options.js'
import { KnownName } from './known-name.js'
import { watchNames } from './watch-names.js'

/**
 * An endpoint for each address of a name: `{ url, address }`, so that the URL still is what servers are called, in
 * `Host` and to TLS. For `http` and `https` it takes a transport that dials addresses: `undiciTransport()`. Any other
 * scheme goes as well, for `execute`, `pick` and `connect`.
 *
 * ```ts
 * const users = createBalancer({ discovery: dns('https://users.internal:8443/base') })
 * ```
 *
 * A and AAAA records are looked up at the first call and again when the shortest TTL ends, up to a tenth earlier. When
 * that fails, or finds nothing, the last addresses stay in use, `snapshot().discovery` says since when, and it is
 * tried again after pauses that double up to `maxInterval`. Names are found as by everything else on the machine: hosts
 * file, search list, name servers. An address instead of a name is an endpoint, and is not looked up.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function dns(url: string | URL, options: DnsOptions = {}): DiscoverySource {
  const { url: canonical, scheme, hostname } = parseEndpoint({ url }, 'dns')
  // The dot that says that a name is whole is no part of what servers are called.
  const called = canonical.replace(hostname, () => hostname.replace(/\.$/, ''))
  if (hostname === '') throw invalidConfig('dns.url', url, "a URL with a name, 'http://users.internal:8080'")
  const settings = checkDnsOptions(options, 'dns', DNS_KEYS)
  return {
    name: `dns ${hostname}`,
    dialsAddresses: /^https?$/.test(scheme) && isIP(hostname) === 0,
    watch(sink, context) {
      if (isIP(hostname) > 0) {
        sink.update([{ url: called }])
        return { close() {} }
      }
      const known = new KnownName()
      return watchNames(settings, sink, context, async (names, signal) => {
        const learned = known.learn(await names.addresses(hostname, settings.families(), signal))
        signal.throwIfAborted()
        sink.update(known.addresses.map((address) => ({ url: called, address })))
        return learned
      })
    },
  }
}
