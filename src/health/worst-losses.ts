/**
 * What is left when the largest of some endpoints fail: none of them, one, ... all.
 */
export function leftOfAll(capacities: ArrayLike<number>): Float64Array {
  const count = capacities.length
  const ascending = Float64Array.from(capacities).sort()
  const left = new Float64Array(count + 1)
  for (let stay = 1; stay <= count; stay++)
    left[count - stay] = left[count - stay + 1]! + ascending[stay - 1]!
  return left
}

/**
 * What is left at the least of zones together when none, one, ... all of their endpoints fail, out of what is left
 * of each. The largest are not always the worst to lose: where a zone has some to spare that costs nothing. So
 * zone by zone the losses are shared out in every way: O(n^2).
 */
export function leftOfZones(zones: readonly Float64Array[]): Float64Array {
  let least: Float64Array = new Float64Array(1)
  for (const here of zones) {
    const together = new Float64Array(least.length + here.length - 1).fill(Number.POSITIVE_INFINITY)
    for (let before = 0; before < least.length; before++)
      for (let lost = 0; lost < here.length; lost++)
        together[before + lost] = Math.min(together[before + lost]!, least[before]! + here[lost]!)
    least = together
  }
  return least
}

/**
 * The same for fleets that are too large for that, in O(n log n): never more than is left, and less by no more
 * than a zone makes out. What a zone has to spare is shared out evenly to the failures that come until losing
 * them hurts most (the concave hull of its losses); then those that hurt most come first.
 */
export function leftOfManyZones(zones: readonly Float64Array[]): Float64Array {
  const losses: number[] = []
  for (const here of zones) {
    const lost = (count: number) => here[0]! - here[count]!
    let even = 0
    for (let count = 1; count < here.length; count++)
      if (even === 0 || lost(count) / count > lost(even) / even) even = count
    for (let count = 1; count < here.length; count++)
      losses.push(count <= even ? lost(even) / even : lost(count) - lost(count - 1))
  }
  const left = new Float64Array(losses.length + 1)
  left[0] = zones.reduce((sum, here) => sum + here[0]!, 0)
  for (const [i, loss] of Float64Array.from(losses).sort().reverse().entries()) left[i + 1] = left[i]! - loss
  return left
}
