import type { LiveEndpoint } from '../core/endpoint.js'
import type { EndpointTable } from '../core/endpoint-table.js'
import type { EndpointHashes } from './endpoint-hashes.js'
import type { KeyIndex } from './keyed-policy.js'
import { countOf, pointsOf, RingPoints, type Shares } from './ring-points.js'
import { splice } from './ring-splice.js'

/** Points for a weight of 1, where that makes a ring of a size that is allowed. */
const DENSITY = 512
/** Weights are added up as whole numbers of this part of the heaviest: sums of fractions depend on their order. */
const GRAIN = 2 ** -20
/** When more than this part of the ring changes, sorting it all is faster than working changes in. */
const LARGE = 1 / 16

const NOBODY: Shares = { endpoints: [], points: new Uint32Array(0) }

/** A ring of points that follows a table of endpoints. */
export class Ring implements KeyIndex {
  readonly #minSize: number
  readonly #maxSize: number
  #version = -1
  #points = new RingPoints(0)
  #shares: Shares = NOBODY

  constructor(minSize: number, maxSize: number) {
    this.#minSize = minSize
    this.#maxSize = maxSize
  }

  refresh(view: EndpointTable, hashes: EndpointHashes): void {
    if (view.version === this.#version) return
    this.#version = view.version
    const old = this.#shares
    const shares = sharesOf(view, this.#minSize, this.#maxSize)
    const gone = without(old, shares)
    const come = without(shares, old)
    this.#shares = shares
    this.#points =
      countOf(gone) + countOf(come) > LARGE * this.#points.size
        ? RingPoints.of(pointsOf(shares, hashes))
        : splice(this.#points, pointsOf(gone, hashes), pointsOf(come, hashes), old, shares)
  }

  find(hash: number): number {
    return this.#points.from(hash >>> 0)
  }

  at(start: number, step: number): LiveEndpoint | undefined {
    const { owners } = this.#points
    return this.#shares.endpoints[owners[(start + step) % owners.length]!]
  }
}

/** How many points each endpoint has: in proportion to its weight, and one at least. */
function sharesOf(view: EndpointTable, minSize: number, maxSize: number): Shares {
  let heaviest = 0
  for (let i = 0; i < view.total; i++) heaviest = Math.max(heaviest, view.at(i).weight)
  if (heaviest === 0) return NOBODY
  // A power of two, by which weights can be divided without an error.
  let unit = 1
  while (unit > heaviest) unit /= 2
  while (2 * unit <= heaviest) unit *= 2
  let grains = 0
  for (let i = 0; i < view.total; i++) grains += Math.round(view.at(i).weight / unit / GRAIN)
  // Steps of two are rare: as long as there is none, nobody's points depend on who else is there.
  let perUnit = DENSITY * unit
  while (grains * GRAIN * perUnit < minSize) perUnit *= 2
  while (grains * GRAIN * perUnit > maxSize) perUnit /= 2
  const endpoints: (LiveEndpoint | undefined)[] = []
  for (let i = 0; i < view.total; i++) {
    const endpoint = view.at(i)
    while (endpoints.length <= endpoint.index) endpoints.push(undefined)
    if (endpoint.weight > 0) endpoints[endpoint.index] = endpoint
  }
  const points = new Uint32Array(endpoints.length)
  for (let i = 0; i < points.length; i++) {
    const weight = endpoints[i]?.weight
    if (weight !== undefined) points[i] = Math.max(1, Math.round((weight / unit) * perUnit))
  }
  return { endpoints, points }
}

/** Those of the first that are not in the second. */
function without({ endpoints, points }: Shares, others: Shares): Shares {
  const changed = points.slice()
  for (let i = 0; i < points.length; i++) {
    if (endpoints[i] === others.endpoints[i] && points[i] === others.points[i]) changed[i] = 0
  }
  return { endpoints, points: changed }
}
