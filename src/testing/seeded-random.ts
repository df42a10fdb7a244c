import type { Random } from '../core/random.js'

/**
 * Random numbers in [0, 1) that are the same for the same seed: pass it as `random`.
 *
 * Source: sfc32 by Chris Doty-Humphrey (PractRand), seeded by splitmix32.
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0
  const splitmix = () => {
    state = (state + 0x9e3779b9) | 0
    let z = state ^ (state >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z ^= z >>> 15
    z = Math.imul(z, 0x735a2d97)
    return z ^ (z >>> 15)
  }
  let a = splitmix()
  let b = splitmix()
  let c = splitmix()
  let counter = 1
  return () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return (sum >>> 0) / 2 ** 32
  }
}
