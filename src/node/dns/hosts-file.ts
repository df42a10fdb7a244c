import { isIP } from 'node:net'

/** The addresses that a file like /etc/hosts, hosts(5), has for a name. */
export function addressesIn(hosts: string, name: string): readonly string[] {
  const wanted = name.toLowerCase()
  // These files may be long, and name nobody of interest.
  if (!hosts.toLowerCase().includes(wanted)) return []
  const addresses = new Set<string>()
  for (const line of hosts.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (isIP(address) > 0 && names.some((other) => other.toLowerCase() === wanted)) addresses.add(address)
  }
  return [...addresses]
}
