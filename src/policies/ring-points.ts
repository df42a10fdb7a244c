import type { LiveEndpoint } from '../core/endpoint.js'
import { mix32 } from '../core/hash.js'
import type { EndpointHashes } from './endpoint-hashes.js'

const GOLDEN = 0x9e3779b9
/** Room for an owner beside a place of 32 bits in a number of 53: for the indexes of two million endpoints. */
const OWNERS = 2 ** 21

/** Endpoints, and how many points of a ring are each one's; both by the endpoints' indexes. */
export interface Shares {
  readonly endpoints: readonly (LiveEndpoint | undefined)[]
  readonly points: Uint32Array
}

/** Places on a circle of 2^32 in order and, by its index, the endpoint that each belongs to. */
export class RingPoints {
  readonly places: Uint32Array<ArrayBuffer>
  readonly owners: Uint32Array<ArrayBuffer>
  /** The first point in each of equal parts of the circle, so few points are looked at: places are random. */
  #starts = new Uint32Array(0)
  #shift = 0

  constructor(size: number) {
    this.places = new Uint32Array(size)
    this.owners = new Uint32Array(size)
  }

  /** A ring of points that are sorted. */
  static of(points: Float64Array): RingPoints {
    const ring = new RingPoints(points.length)
    for (let i = 0; i < points.length; i++) ring.set(i, points[i]!)
    return ring
  }

  get size(): number {
    return this.places.length
  }

  /** The index of the first point at or after a place; the size when there is none. */
  from(place: number): number {
    const { places } = this
    if (this.#starts.length === 0) this.#look()
    let index = this.#starts[place >>> this.#shift]!
    while (index < places.length && places[index]! < place) index++
    return index
  }

  set(index: number, point: number): void {
    this.places[index] = placeOf(point)
    this.owners[index] = ownerOf(point)
  }

  #look(): void {
    const { places } = this
    const bits = Math.max(1, 30 - Math.clz32(places.length))
    this.#shift = 32 - bits
    this.#starts = new Uint32Array(2 ** bits)
    let part = 0
    for (let index = 0; index < places.length; index++) {
      for (const last = places[index]! >>> this.#shift; part <= last; part++) this.#starts[part] = index
    }
    this.#starts.fill(places.length, part)
  }
}

/**
 * The points of some endpoints in order of place, each as one number: place x OWNERS + owner. Two at one
 * place are in the order of their ids, since indexes are not the same in all processes.
 */
export function pointsOf(shares: Shares, hashes: EndpointHashes): Float64Array<ArrayBuffer> {
  const points = new Float64Array(countOf(shares))
  let next = 0
  for (let index = 0; index < shares.points.length; index++) {
    const count = shares.points[index]!
    if (count === 0) continue
    const endpoint = shares.endpoints[index]!
    const first = hashes.first(endpoint)
    const second = hashes.second(endpoint)
    for (let i = 0; i < count; i++) {
      const place = mix32(mix32(first + Math.imul(i, GOLDEN)) ^ second) >>> 0
      points[next++] = place * OWNERS + index
    }
  }
  points.sort()
  for (let i = 1; i < points.length; i++) {
    for (let j = i; j > 0 && placeOf(points[j]!) === placeOf(points[j - 1]!); j--) {
      if (idOf(points[j - 1]!, shares) <= idOf(points[j]!, shares)) break
      const lower = points[j - 1]!
      points[j - 1] = points[j]!
      points[j] = lower
    }
  }
  return points
}

export function countOf(shares: Shares): number {
  let sum = 0
  for (const count of shares.points) sum += count
  return sum
}

export function placeOf(point: number): number {
  return Math.floor(point / OWNERS)
}

export function ownerOf(point: number): number {
  return point % OWNERS
}

function idOf(point: number, shares: Shares): string {
  return shares.endpoints[ownerOf(point)]!.id
}
