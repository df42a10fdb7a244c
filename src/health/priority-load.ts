import { BACKUP } from '../core/endpoint.js'

/** How traffic spills from one priority to the next, and when ejections are overridden. */
export interface PriorityLoadOptions {
  readonly overprovisioningFactor: number
  readonly panicThreshold: number
}

/** What there is to know of a priority. */
interface Level {
  readonly priority: number
  readonly eligible: number
  readonly usable: number
  readonly weighted: number
  readonly size: number
  load: number
  panic: boolean
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
 * A backup gets nothing while anybody before it is eligible, however few those are, as in nginx; and while it could
 * step in there is no panic.
 *
 * Source: Envoy, "Priority levels" and "Panic threshold"; nginx, `backup`.
 */
export function assignPriorityLoad(levels: readonly Level[], options: PriorityLoadOptions): void {
  const { overprovisioningFactor, panicThreshold } = options
  const isNeeded = !levels.some(({ priority, eligible }) => priority < BACKUP && eligible > 0)
  let health = 0
  let usable = 0
  let inReserve = 0
  for (const level of levels) {
    const own = healthOf(level, overprovisioningFactor)
    if (isNeeded || level.priority < BACKUP) health += own
    else inReserve += own
    usable += level.usable
  }
  const available = Math.min(1, health)
  let left = 1
  for (const level of levels) {
    const share = level.weighted === 0 ? 0 : level.eligible / level.weighted
    level.panic = health + inReserve < 1 && share < panicThreshold && level.usable > level.eligible
    if (!isNeeded && level.priority === BACKUP) level.load = 0
    else if (available > 0) level.load = Math.min(left, healthOf(level, overprovisioningFactor) / available)
    else level.load = usable > 0 ? level.usable / usable : 0
    left -= level.load
  }
}

function healthOf({ eligible, weighted }: Level, factor: number): number {
  return weighted === 0 ? 0 : Math.min(1, (factor * eligible) / weighted)
}

/** The priority that the next call goes to. */
export function choosePriority<L extends Level>(levels: readonly L[], draw: number): L | undefined {
  let left = draw
  let last: L | undefined
  for (const level of levels) {
    if (level.size === 0 || level.load === 0) continue
    last = level
    left -= level.load
    if (left < 0) return level
  }
  // Rounding may leave a crumb; it goes to the last one. When those that have a share are full, whoever is not helps out.
  return last ?? levels.find(({ size }) => size > 0)
}
