import { reportUncaught } from '../core/uncaught.js'
import { checkNumber } from '../core/validate.js'

/** An endpoint, as far as subsetting is concerned. */
export interface SubsetMember {
  readonly id: string
  readonly weight: number
}

/**
 * Decides which endpoints of a large fleet this process uses at all, so that a thousand clients and a
 * thousand servers do not come to a million connections, and so that what a client learns of a server
 * comes from enough calls. The others get none of its calls until the subset changes.
 */
export interface Subsetting {
  /** For snapshots. */
  readonly name: string
  /**
   * How much of each endpoint this process uses, from 0 for "not at all" to 1, in the order of `members`.
   * Asked anew when endpoints come or go, once for each priority. It must say the same for the same
   * members, whatever their order.
   */
  shares(members: readonly SubsetMember[]): ArrayLike<number>
}

/**
 * What a subsetting says, whatever it says: it may be the user's own. One that throws, or leaves nobody,
 * is as good as none.
 */
export function sharesOf(subsetting: Subsetting): (members: readonly SubsetMember[]) => ArrayLike<number> {
  return (members) => {
    let given: ArrayLike<number> = []
    try {
      given = subsetting.shares(members)
    } catch (error) {
      reportUncaught(error)
    }
    const shares = Float64Array.from(members, (_, i) => Math.min(1, Math.max(0, Number(given?.[i]) || 0)))
    return shares.some((share, i) => share > 0 && members[i]!.weight > 0) ? shares : shares.fill(1)
  }
}

/** Where this process stands among its equals. */
export interface SubsetPlace {
  /** The number of this client, from 0: a StatefulSet's ordinal, a task's slot. */
  readonly index: number
  /** How many clients there are. */
  readonly clients: number
  /** How many endpoints each client uses. Default 20. */
  readonly size?: number
}

/** Enough that one call in a hundred thousand finds nobody healthy with half of the fleet gone. */
const DEFAULT_SIZE = 20

export function checkSize(size: unknown, path: string, fallback: number = DEFAULT_SIZE): number {
  return checkNumber(size, path, fallback, { min: 1, integer: true })
}

export function checkPlace(given: SubsetPlace, path: string): { index: number; clients: number } {
  const clients = checkNumber(given.clients ?? null, `${path}.clients`, Number.NaN, { min: 1, integer: true })
  const index = checkNumber(given.index ?? null, `${path}.index`, Number.NaN, {
    max: clients - 1,
    integer: true,
  })
  return { index, clients }
}

/** The positions of members in an order that is the same everywhere: by id. */
export function orderById(members: readonly SubsetMember[]): number[] {
  return members
    .map((_, i) => i)
    .sort((a, b) => {
      const first = members[a]!.id
      const second = members[b]!.id
      return first < second ? -1 : Number(first > second)
    })
}
