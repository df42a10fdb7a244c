import { describe, expect, it } from 'vitest'
import { checkDistribution, type Distribution } from '../../src/sim/distribution.js'
import { normalQuantile } from '../../src/sim/normal-quantile.js'

const STEPS = 200_000

/** The mean by the midpoints of equal slices of probability. */
function meanOf(at: (u: number) => number): number {
  let sum = 0
  for (let i = 0; i < STEPS; i++) sum += at((i + 0.5) / STEPS)
  return sum / STEPS
}

describe('a distribution', () => {
  it.each<[Distribution, number]>([
    [7, 7],
    [{ exponential: 20 }, 20],
    [{ lognormal: { mean: 20, sigma: 1 } }, 20],
    [{ bimodal: { fast: 5, slow: 300, slowShare: 0.05 } }, 19.75],
    [{ pareto: { mean: 20, shape: 2.5 } }, 20],
    [{ empirical: [30, 10, 20] }, 20],
  ])('%j has the mean that it says, and grows with its quantile', (given, mean) => {
    const { at, mean: said } = checkDistribution(given, 'service')
    expect(said).toBeCloseTo(mean, 9)
    expect(Math.abs(meanOf(at) / mean - 1)).toBeLessThan(0.005)
    const values = [0, 0.001, 0.3, 0.5, 0.96, 0.9999, 1 - 2 ** -32].map(at)
    expect(values).toEqual([...values].sort((a, b) => a - b))
    expect(values.every((value) => value >= 0 && Number.isFinite(value))).toBe(true)
  })

  it('has the median that it should', () => {
    expect(checkDistribution({ exponential: 20 }, '').at(0.5)).toBeCloseTo(20 * Math.LN2, 9)
    expect(checkDistribution({ lognormal: { mean: Math.exp(0.5), sigma: 1 } }, '').at(0.5)).toBeCloseTo(1, 9)
    expect(checkDistribution({ empirical: [3, 1, 2] }, '').at(0.5)).toBe(2)
  })
})

describe('the quantiles of the normal distribution', () => {
  // From tables.
  it.each([
    [0.5, 0],
    [0.8413447460685429, 1],
    [0.975, 1.959963984540054],
    [0.99, 2.3263478740408408],
    [0.001, -3.090232306167813],
  ])('at %d is %d', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 7)
  })

  it('end somewhere', () => {
    expect(Number.isFinite(normalQuantile(0))).toBe(true)
    expect(normalQuantile(1)).toBeCloseTo(-normalQuantile(0), 9)
  })
})
