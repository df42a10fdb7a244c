import { ownerOf, placeOf, RingPoints, type Shares } from './ring-points.js'

/** Shorter stretches are copied one by one: a view of an array costs more than that. */
const SHORT = 24

/** A ring of the points of `old` without those of `gone`, and with those of `come`; both are sorted. */
export function splice(
  old: RingPoints,
  gone: Float64Array,
  come: Float64Array,
  oldShares: Shares,
  newShares: Shares,
): RingPoints {
  const ring = new RingPoints(old.size - gone.length + come.length)
  let read = 0
  let write = 0
  const copyTo = (end: number) => {
    copy(old, read, end, ring, write)
    write += end - read
    read = end
  }
  let out = 0
  let into = 0
  while (out < gone.length || into < come.length) {
    const leaves = out < gone.length ? find(old, gone[out]!, read) : Number.POSITIVE_INFINITY
    const enters =
      into < come.length ? placeFor(old, come[into]!, oldShares, newShares) : Number.POSITIVE_INFINITY
    if (enters <= leaves) {
      copyTo(enters)
      ring.set(write++, come[into++]!)
    } else {
      copyTo(leaves)
      read++
      out++
    }
  }
  copyTo(old.size)
  return ring
}

/** Where a point is, which may be there twice: then at `least` or after it. */
function find(ring: RingPoints, point: number, least: number): number {
  const owner = ownerOf(point)
  let index = Math.max(least, ring.from(placeOf(point)))
  while (ring.owners[index] !== owner) index++
  return index
}

/** Before which point a new one goes: of two at one place the lower id is first. */
function placeFor(ring: RingPoints, point: number, oldShares: Shares, newShares: Shares): number {
  const place = placeOf(point)
  const { id } = newShares.endpoints[ownerOf(point)]!
  let index = ring.from(place)
  while (ring.places[index] === place && oldShares.endpoints[ring.owners[index]!]!.id < id) index++
  return index
}

function copy(from: RingPoints, start: number, end: number, to: RingPoints, at: number): void {
  if (end - start < SHORT) {
    for (let i = start; i < end; i++) {
      to.places[at + i - start] = from.places[i]!
      to.owners[at + i - start] = from.owners[i]!
    }
    return
  }
  to.places.set(from.places.subarray(start, end), at)
  to.owners.set(from.owners.subarray(start, end), at)
}
