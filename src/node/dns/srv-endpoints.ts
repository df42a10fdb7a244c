import type { SrvRecord } from 'node:dns'
import { BACKUP, type EndpointOptions } from '../../core/endpoint.js'

/** Answers come in any order; of what is the same place the first is kept. */
function inOrder(a: SrvRecord, b: SrvRecord): number {
  return a.priority - b.priority || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) || a.port - b.port
}

/**
 * The endpoints that SRV records stand for, RFC 2782.
 *
 * Priorities go up to 65 535 there, and mean nothing but an order: they become 0, 1, 2, … A weight is that of the
 * record, and shared by all addresses of its target. Weight 0 counts as 1: such a server is to have a very small chance beside
 * others, and as good a one as any among its like.
 */
export function srvEndpoints(
  url: string,
  records: readonly SrvRecord[],
  addressesOf: (target: string) => readonly string[],
): EndpointOptions[] {
  const ranks = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b)
  const places = new Map<string, EndpointOptions & { readonly priority: number; readonly weight: number }>()
  for (const { name, port, priority, weight } of [...records].sort(inOrder)) {
    const rank = Math.min(ranks.indexOf(priority), BACKUP - 1)
    const addresses = addressesOf(name)
    const share = Math.max(weight, 1) / addresses.length
    for (const address of addresses) {
      const place = `${address} ${port}`
      const same = places.get(place)
      if (same === undefined)
        places.set(place, { url, address, port, priority: rank, weight: share, metadata: { target: name } })
      else if (same.priority === rank) places.set(place, { ...same, weight: same.weight + share })
    }
  }
  return [...places.values()]
}
