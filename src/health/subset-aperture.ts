import { checkObject } from '../core/validate.js'
import { checkPlace, checkSize, orderById, type SubsetPlace, type Subsetting } from './subsetting.js'

/** The least number of endpoints, as Finagle: fewer would be all unhealthy too often. */
const MIN_APERTURE = 12

/**
 * Finagle's deterministic aperture: clients and endpoints stand on a circle, each client looks at an arc
 * of it, and arcs cover the circle evenly. An endpoint at the edge of the arc is used in part, so every
 * endpoint gets exactly its weight's share of the clients' attention, whatever the numbers are.
 *
 * With P clients a client has 1 / P of the circle to itself; its arc is the smallest multiple of that
 * which holds `size` of the n endpoints: width = min(1, ceil(size / n x P) / P). O(n log n) a change.
 *
 * Source: Finagle, `DeterministicAperture` and `WeightedAperture`.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function apertureSubset(options: SubsetPlace): Subsetting {
  const path = 'apertureSubset'
  checkObject(options, path, ['index', 'clients', 'size'])
  const { index, clients } = checkPlace(options, path)
  const size = checkSize(options.size, `${path}.size`, MIN_APERTURE)
  return {
    name: 'aperture',
    shares: (members) => {
      const shares = new Float64Array(members.length)
      const total = members.reduce((sum, { weight }) => sum + weight, 0)
      if (total === 0) return shares
      const width = Math.min(1, Math.ceil((size / members.length) * clients - 1e-9) / clients)
      const start = index / clients
      let at = 0
      for (const i of orderById(members)) {
        const arc = members[i]!.weight / total
        // The arc of sight may go past the end of the circle, to its beginning.
        const seen =
          overlap(start, start + width, at, at + arc) + overlap(start, start + width, at + 1, at + 1 + arc)
        if (arc > 0) shares[i] = Math.min(1, seen / arc)
        at += arc
      }
      return shares
    },
  }
}

/** What two intervals share; crumbs of rounding are nothing. */
function overlap(from: number, to: number, start: number, end: number): number {
  const common = Math.min(to, end) - Math.max(from, start)
  return common > 1e-9 ? common : 0
}
