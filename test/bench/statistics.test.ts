import { describe, expect, it } from 'vitest'
import { load } from './load.js'

const { median, quantile, sorted, spread } = await load<{
  median(samples: readonly number[]): number
  quantile(ascending: ArrayLike<number>, share: number): number
  sorted(samples: readonly number[]): Float64Array
  spread(samples: readonly number[], outside?: number): { median: number; low: number; high: number }
}>('lib/statistics.mjs')

describe('statistics', () => {
  it('take the middle sample, or the middle of the two in the middle', () => {
    expect(median([30, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 30])).toBe(3)
  })

  it('sort numbers as numbers and leave the samples as they are', () => {
    const samples = [10, 9, 100]
    expect([...sorted(samples)]).toEqual([9, 10, 100])
    expect(samples).toEqual([10, 9, 100])
  })

  it('interpolate quantiles between the samples around them', () => {
    const samples = Array.from({ length: 101 }, (_, i) => i)
    expect(quantile(samples, 0.99)).toBe(99)
    expect(quantile([1, 2], 0.75)).toBe(1.75)
    expect(quantile([5], 0.999)).toBe(5)
  })

  it('know no quantile of nothing', () => {
    expect(quantile([], 0.5)).toBeNaN()
  })

  it('give the range of all rounds, or of those inside', () => {
    const rounds = Array.from({ length: 11 }, (_, i) => i)
    expect(spread(rounds)).toEqual({ median: 5, low: 0, high: 10 })
    expect(spread(rounds, 0.1)).toEqual({ median: 5, low: 1, high: 9 })
  })
})
