import type { EndpointTable } from '../core/endpoint-table.js'
import { describe, invalidConfig } from '../core/errors.js'
import type { Tier } from '../core/tier.js'
import { reportUncaught } from '../core/uncaught.js'

/** How many clients there are in each zone. */
export type ZoneClients = Readonly<Record<string, number>>

/** A function that gives the number of clients is asked this often at most: 1 s. */
const ASK_EVERY = 1_000

/**
 * Envoy's zone-aware routing. With L the share of all clients that a zone has, and U its share of the
 * eligible endpoints: where U >= L at home all calls stay. Else a call stays with probability U / L, and
 * the others go to zones in proportion to what they have to spare, max(0, U - L).
 */
export class ZoneShares {
  readonly #zone: string
  readonly #clients: ZoneClients | (() => ZoneClients)
  readonly #minEndpoints: number
  #counts: ZoneClients = {}
  #total = 0
  #askedAt = Number.NEGATIVE_INFINITY

  constructor(zone: string, clients: ZoneClients | (() => ZoneClients), minEndpoints: number) {
    this.#zone = zone
    this.#clients = clients
    this.#minEndpoints = minEndpoints
  }

  /** The zone that a call goes to; `undefined` for any. */
  choose(tier: Tier, now: number, first: number, second: number): EndpointTable | undefined {
    if (now - this.#askedAt >= ASK_EVERY) this.#ask(now)
    const home = tier.parts.get(this.#zone)
    const { eligible } = tier
    // Without two zones on either side, or anybody of our own, there is nothing to weigh up.
    if (home === undefined || home.eligible === 0 || tier.parts.size < 2 || eligible < this.#minEndpoints) {
      return undefined
    }
    const ours = this.#shareOfClients(this.#zone)
    if (ours === 0 || ours === 1) return undefined
    const stay = home.eligible / eligible / ours
    if (first < stay && home.free > 0) return home
    return this.#elsewhere(tier, second)
  }

  #elsewhere(tier: Tier, draw: number): EndpointTable | undefined {
    let spare = 0
    for (const [zone, part] of tier.parts) spare += this.#spareOf(zone, part, tier)
    let left = draw * spare
    for (const [zone, part] of tier.parts) {
      const own = this.#spareOf(zone, part, tier)
      if (own > 0 && left < own) return part
      left -= own
    }
    return undefined
  }

  #spareOf(zone: string, { eligible, free }: EndpointTable, tier: Tier): number {
    return free === 0 ? 0 : Math.max(0, eligible / tier.eligible - this.#shareOfClients(zone))
  }

  #shareOfClients(zone: string): number {
    return this.#total === 0 ? 0 : (this.#counts[zone] ?? 0) / this.#total
  }

  #ask(now: number): void {
    this.#askedAt = now
    try {
      const counts = typeof this.#clients === 'function' ? this.#clients() : this.#clients
      if (!isCounts(counts))
        throw new TypeError(`locality.clients gave ${describe(counts)}, not numbers by zone`)
      this.#counts = counts
      this.#total = Object.values(counts).reduce((sum, count) => sum + count, 0)
    } catch (error) {
      // What was known last still holds.
      reportUncaught(error)
    }
  }
}

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkClients(
  given: ZoneClients | (() => ZoneClients) | undefined,
  path: string,
): ZoneClients | (() => ZoneClients) | undefined {
  if (given === undefined || typeof given === 'function' || isCounts(given)) return given
  throw invalidConfig(
    path,
    given,
    "the number of clients in each zone, { 'eu-1a': 3 }, or a function that gives it",
  )
}

function isCounts(given: unknown): given is ZoneClients {
  return (
    typeof given === 'object' &&
    given !== null &&
    !Array.isArray(given) &&
    Object.values(given).every(
      (count) => typeof count === 'number' && count >= 0 && count < Number.POSITIVE_INFINITY,
    )
  )
}
