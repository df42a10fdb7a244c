import { hash32, unitOf } from '../core/hash.js'
import { checkObject } from '../core/validate.js'
import { checkPlace, checkSize, orderById, type SubsetPlace, type Subsetting } from './subsetting.js'

/** Members of a lot, as in the paper. */
const LOT = 10

/**
 * Deterministic subsetting that is even, and that moves few connections when either side is scaled.
 *
 * Endpoints, sorted by id, and clients are put into lots of 10. Lots of both stand on a circle where the
 * binary van der Corput sequence puts them, so any number of them is spread evenly. From its own place a
 * lot of clients walks over the lots of endpoints; in each of them its ten clients take a different
 * endpoint each, in an order that is shuffled for that lot of clients. So in every lot of endpoints that a
 * lot of clients visits, every endpoint gets exactly one of its clients.
 *
 * It needs ids that keep their order as the fleet grows (`web-7`, `web-8`: an endpoint that sorts in the
 * middle shifts all after it) and clients that know their number. O(n log n) a change.
 *
 * Source: Ward, Wankadia, Guliani, "Reinventing Backend Subsetting at Google", ACM Queue 20/5 (2022).
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function rocksteadierSubset(options: SubsetPlace): Subsetting {
  const path = 'rocksteadierSubset'
  checkObject(options, path, ['index', 'clients', 'size'])
  const { index } = checkPlace(options, path)
  const size = checkSize(options.size, `${path}.size`)
  return {
    name: 'rocksteadier',
    shares: (members) => {
      const shares = new Float64Array(members.length)
      const order = orderById(members)
      let left = size
      for (const position of walk(order.length, index)) {
        if (left-- === 0) break
        shares[order[position]!] = 1
      }
      return shares
    },
  }
}

/** The endpoints of a client, most preferred first: at most one of each lot in each round. */
function* walk(count: number, index: number): Generator<number> {
  const lots = lotsFrom(Math.ceil(count / LOT), vanDerCorput(Math.floor(index / LOT)))
  const places = shuffled(Math.floor(index / LOT))
  // One round takes one of each lot; where more are wanted than there are lots, others follow.
  for (let round = 0; round < LOT; round++) {
    for (const lot of lots) {
      const position = lot * LOT + places[(index + round) % LOT]!
      // The last lot has holes.
      if (position < count) yield position
    }
  }
}

/** Lots clockwise from a place on the circle. */
function lotsFrom(count: number, start: number): number[] {
  const lots = Array.from({ length: count }, (_, lot) => ({ lot, at: vanDerCorput(lot) })).sort(
    (a, b) => a.at - b.at,
  )
  const first = lots.findIndex(({ at }) => at >= start)
  return [...lots.slice(Math.max(0, first)), ...lots.slice(0, Math.max(0, first))].map(({ lot }) => lot)
}

/** The bits of a number, mirrored at the point: 1 is 0.5, 2 is 0.25, 3 is 0.75. */
function vanDerCorput(n: number): number {
  let value = 0
  for (let rest = n, half = 0.5; rest > 0; rest = Math.floor(rest / 2), half /= 2) value += (rest % 2) * half
  return value
}

/** The places in a lot in an order of this lot of clients: by hash, which is the same everywhere. */
function shuffled(lot: number): number[] {
  return Array.from({ length: LOT }, (_, place) => place).sort(
    (a, b) => unitOf(hash32(`${lot}/${a}`)) - unitOf(hash32(`${lot}/${b}`)),
  )
}
