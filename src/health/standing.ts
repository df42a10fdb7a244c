import { leftOfAll, leftOfManyZones, leftOfZones } from './worst-losses.js'

/** An endpoint that is up: what it can carry, in units of weight. */
export interface Unit {
  readonly id: string
  readonly zone: string | undefined
  readonly capacity: number
}

/** The endpoints of one zone that are up. */
export interface Zone {
  /** Those without one are in a zone together. */
  readonly name: string | undefined
  readonly units: readonly Unit[]
  /** What can be used of it. */
  readonly capacity: number
}

/** How well a fleet stands to what its traffic needs. */
export interface Standing {
  /** How many of those that are up must stay, whichever they are; more than there are when that is too few. */
  readonly required: number
  /** How many may fail, whichever they are, before what is left is too little. */
  readonly mayFail: number
  readonly short: boolean
}

/** So that sums of fractions that ought to be alike are. */
const TOLERANCE = 1e-9
/** Up to so many endpoints with dedicated backups are reckoned exactly. */
const EXACT = 300

/** Is what is left enough? */
export function covers(left: number, required: number): boolean {
  return left >= required - TOLERANCE * Math.max(1, required)
}

/**
 * The endpoints that are up, and what would be left of them. Where backups are dedicated there is a limit for
 * each zone, the capacity of its own endpoints when all of them are up: a backup replaces what its
 * zone has lost, and adds nothing beyond that.
 */
export class Fleet {
  readonly units: readonly Unit[]
  readonly zones: readonly Zone[]
  /** What can be used of it. */
  readonly capacity: number
  /** What an endpoint of the list has on the average, for saying how many are missing. */
  readonly #typical: number
  readonly #limits: ReadonlyMap<string | undefined, number> | undefined
  #worst: Float64Array | undefined

  constructor(
    units: readonly Unit[],
    typical: number,
    limits: ReadonlyMap<string | undefined, number> | undefined,
  ) {
    this.units = units
    this.#typical = typical
    this.#limits = limits
    this.zones = zonesOf(units, limits)
    this.capacity = sumOf(this.zones)
  }

  /** The fleet without some. */
  without(isLost: (unit: Unit) => boolean): Fleet {
    return new Fleet(
      this.units.filter((unit) => !isLost(unit)),
      this.#typical,
      this.#limits,
    )
  }

  /** Would the rest be enough? One has to be there even if there is no traffic. */
  canLose(zone: Zone, required: number): boolean {
    return zone.units.length < this.units.length && covers(this.capacity - zone.capacity, required)
  }

  /** What is left at the least when so many fail. */
  worst(count: number): number {
    if (count >= this.units.length) return 0
    this.#worst ??= this.#limits === undefined ? leftOf(this.units) : this.#leftWithin(this.#limits)
    return this.#worst[count]!
  }

  standing(required: number): Standing {
    const count = this.units.length
    if (count === 0 || !covers(this.capacity, required)) {
      const missing = Math.max(1, Math.ceil((required - this.capacity) / this.#typical - TOLERANCE))
      return { required: count + missing, mayFail: 0, short: true }
    }
    // What is left can only shrink with each that fails; one has to stay even if there is no traffic.
    let enough = 0
    let tooMany = count
    while (tooMany - enough > 1) {
      const middle = (enough + tooMany) >> 1
      if (covers(this.worst(middle), required)) enough = middle
      else tooMany = middle
    }
    return { required: count - enough, mayFail: enough, short: false }
  }

  #leftWithin(limits: ReadonlyMap<string | undefined, number>): Float64Array {
    const zones = this.zones.map(({ name, units }) => {
      const limit = limits.get(name) ?? 0
      return leftOf(units).map((left) => Math.min(limit, left))
    })
    return this.units.length > EXACT ? leftOfManyZones(zones) : leftOfZones(zones)
  }
}

function zonesOf(
  units: readonly Unit[],
  limits: ReadonlyMap<string | undefined, number> | undefined,
): readonly Zone[] {
  const zones = new Map<string | undefined, Unit[]>()
  for (const unit of units) {
    const own = zones.get(unit.zone)
    if (own === undefined) zones.set(unit.zone, [unit])
    else own.push(unit)
  }
  return Array.from(zones, ([name, own]) => {
    const all = sumOf(own)
    return { name, units: own, capacity: limits === undefined ? all : Math.min(limits.get(name) ?? 0, all) }
  })
}

function leftOf(units: readonly Unit[]): Float64Array {
  return leftOfAll(units.map(({ capacity }) => capacity))
}

function sumOf(parts: readonly { readonly capacity: number }[]): number {
  return parts.reduce((sum, { capacity }) => sum + capacity, 0)
}
