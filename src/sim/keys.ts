import type { Random } from '../core/random.js'

/**
 * Draws keys of which the k-th is asked for 1 / k^skew times as often as the first (Zipf's law), from
 * the cumulated shares by bisection.
 */
export function keySource(count: number, skew: number, random: Random): () => string {
  const cumulated = new Float64Array(count)
  let sum = 0
  for (let i = 0; i < count; i++) {
    sum += 1 / (i + 1) ** skew
    cumulated[i] = sum
  }
  return () => `key-${firstAbove(cumulated, random() * sum)}`
}

/** The index of the first value above the given one. */
export function firstAbove(ascending: Float64Array, value: number): number {
  let low = 0
  let high = ascending.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle]! > value) high = middle
    else low = middle + 1
  }
  return low
}
