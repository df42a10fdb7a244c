import { checkNumber } from '../core/validate.js'
import type { Scenario, ServerGroup } from './scenario.js'

/**
 * The same scenario with another number of servers or clients. Groups keep their proportions and loads
 * stay what they are, so that a tenth of the servers are still the slow ones; a fixed rate grows along.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function scale(
  scenario: Scenario,
  { servers, clients }: { readonly servers?: number; readonly clients?: number },
): Scenario {
  const whole = { min: 1, integer: true }
  const resized =
    servers === undefined ? scenario : resize(scenario, checkNumber(servers, 'servers', 1, whole))
  return clients === undefined ? resized : { ...resized, clients: checkNumber(clients, 'clients', 1, whole) }
}

function resize(scenario: Scenario, wanted: number): Scenario {
  const groups: readonly ServerGroup[] = Array.isArray(scenario.servers)
    ? scenario.servers
    : [scenario.servers]
  const total = groups.reduce((sum, { count = 1 }) => sum + count, 0)
  // By cumulated shares, so that what is rounded adds up; but no group goes away.
  let before = 0
  const scaled = groups.map((group) => {
    const start = Math.round((before * wanted) / total)
    before += group.count ?? 1
    return { ...group, count: Math.max(1, Math.round((before * wanted) / total) - start) }
  })
  const { rate } = scenario.arrivals ?? {}
  return {
    ...scenario,
    servers: scaled,
    ...(rate !== undefined && { arrivals: { ...scenario.arrivals, rate: (rate * wanted) / total } }),
  }
}
