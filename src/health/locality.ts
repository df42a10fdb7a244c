import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import type { Tier } from '../core/tier.js'
import { checkNumber, checkObject, checkText } from '../core/validate.js'
import { checkClients, type ZoneClients, ZoneShares } from './zone-shares.js'

/**
 * Options of locality: calls stay near where that does no harm.
 *
 * Without `clients` it is local-first: endpoints of the own zone are used, then those of the own
 * region, then all, as far as health and load ask for it. With `clients` it is Envoy's zone-aware
 * routing: a zone keeps as much of its traffic as its share of the endpoints can bear, and what is
 * over goes to the zones that have room.
 *
 * Source: Envoy, "Zone aware routing"; the overflow by load is that of Linkerd's HAZL.
 */
export interface LocalityOptions {
  /** The zone of this process, as endpoints name theirs. */
  readonly zone: string
  /** The region of this process; without one, all other zones are equally far. */
  readonly region?: string
  /**
   * How many clients like this one there are in each zone, or a function that says so; it is asked at
   * most once a second.
   */
  readonly clients?: ZoneClients | (() => ZoneClients)
  /** Zone-aware routing: with fewer eligible endpoints than this there is no preference. Default 6, as Envoy. */
  readonly minEndpoints?: number
  /**
   * Local-first: calls of this process in flight for each near endpoint, on average, from which the next
   * call goes farther; `Infinity` for never. Default 2, as HAZL.
   */
  readonly overflow?: number
}

/** Near enough to take the call: the names of the parts that local-first divides a priority into. */
const ZONE = 'zone'
const REGION = 'region'

/** Decides how far from home a call may go. */
export class Locality {
  readonly zone: string
  readonly #region: string | undefined
  readonly #shares: ZoneShares | undefined
  readonly #overflow: number

  /** @throws BalancerError `ERR_INVALID_CONFIG` */
  constructor(given: LocalityOptions) {
    checkObject(given, 'locality', ['zone', 'region', 'clients', 'minEndpoints', 'overflow'])
    this.zone = checkText(given.zone, 'locality.zone', 'the zone that this process runs in')
    this.#region =
      given.region === undefined
        ? undefined
        : checkText(given.region, 'locality.region', 'the region that this process runs in')
    const clients = checkClients(given.clients, 'locality.clients')
    const minEndpoints = checkNumber(given.minEndpoints, 'locality.minEndpoints', 6, { integer: true })
    this.#shares = clients && new ZoneShares(this.zone, clients, minEndpoints)
    this.#overflow =
      given.overflow === Number.POSITIVE_INFINITY
        ? given.overflow
        : checkNumber(given.overflow, 'locality.overflow', 2, { exclusive: true })
  }

  get mode(): 'local-first' | 'zone-aware' {
    return this.#shares === undefined ? 'local-first' : 'zone-aware'
  }

  /** The parts of its priority that an endpoint belongs to. */
  readonly partsOf = ({ zone, region }: LiveEndpoint): readonly string[] => {
    if (this.#shares !== undefined) return zone === undefined ? [] : [zone]
    const near =
      zone === this.zone && (this.#region === undefined || (region ?? this.#region) === this.#region)
    const around = this.#region !== undefined && (near || region === this.#region)
    return [...(near ? [ZONE] : []), ...(around ? [REGION] : [])]
  }

  /**
   * The table that a call chooses from. Two numbers in [0, 1) decide where chance has to; with a key
   * they are made of it, so that the same key stays in the same place.
   */
  choose(
    tier: Tier,
    now: number,
    factor: number,
    first: number,
    second: number,
    keyed: boolean,
  ): EndpointTable {
    if (tier.panic) return tier.all
    if (this.#shares !== undefined) return this.#shares.choose(tier, now, first, second) ?? tier.all
    const zone = tier.parts.get(ZONE)
    if (zone !== undefined && this.#bears(zone, factor, first, keyed)) return zone
    const region = tier.parts.get(REGION)
    if (region !== undefined && this.#bears(region, factor, second, keyed)) return region
    return tier.all
  }

  /**
   * Does a part take the call? With too few eligible endpoints it takes a share only, by the same
   * arithmetic as priorities: all of it while eligible / weighted x factor is at least 1.
   */
  #bears(part: EndpointTable, factor: number, draw: number, keyed: boolean): boolean {
    const { eligible, free, weighted, inFlight } = part
    if (free === 0 || draw >= (factor * eligible) / weighted) return false
    // To go elsewhere for its load would take a key away from its endpoint.
    return keyed || inFlight < this.#overflow * eligible
  }
}
