import type { EndpointTable } from '../core/endpoint-table.js'

/** How traffic spills from one priority to the next, and when ejections are overridden. */
export interface PriorityLoadOptions {
  readonly overprovisioningFactor: number
  readonly panicThreshold: number
}

/**
 * Writes each priority's share of the traffic and whether it is in panic, by Envoy's rules.
 *
 * health_i = min(1, factor x eligible_i / weighted_i): with 1.4 a priority takes all of its traffic
 * until fewer than 1 / 1.4 = 71 % of it are eligible. Each priority takes as much as its health
 * allows of what those before it left; if all together have less than 1, each takes a bigger part.
 *
 * Panic: when there is not enough health in all, and fewer than `panicThreshold` of a priority are
 * eligible, ejections are taken to be wrong and the ejected ones are used as well. Open breakers and
 * cool-downs are not overridden: those are about one endpoint's own word.
 *
 * Source: Envoy, "Priority levels" and "Panic threshold".
 */
export function assignPriorityLoad(tables: readonly EndpointTable[], options: PriorityLoadOptions): void {
  const { overprovisioningFactor, panicThreshold } = options
  let health = 0
  let usable = 0
  for (const table of tables) {
    health += healthOf(table, overprovisioningFactor)
    usable += table.usable
  }
  const available = Math.min(1, health)
  let left = 1
  for (const table of tables) {
    const share = table.weighted === 0 ? 0 : table.eligible / table.weighted
    table.panic = available < 1 && share < panicThreshold && table.usable > table.eligible
    if (available > 0) table.load = Math.min(left, healthOf(table, overprovisioningFactor) / available)
    else table.load = usable > 0 ? table.usable / usable : 0
    left -= table.load
  }
}

function healthOf(table: EndpointTable, factor: number): number {
  return table.weighted === 0 ? 0 : Math.min(1, (factor * table.eligible) / table.weighted)
}

/** The priority that the next call goes to. */
export function choosePriority(tables: readonly EndpointTable[], draw: number): EndpointTable | undefined {
  let left = draw
  let last: EndpointTable | undefined
  for (const table of tables) {
    if (table.size === 0) continue
    last = table
    left -= table.load
    if (left < 0) return table
  }
  // Rounding may leave a crumb; it goes to the last one.
  return last
}
