import { describe, expect, it } from 'vitest'
import { chanceOf } from '../../src/health/outlier/fisher.js'

/** n over k, exactly. */
function choose(n: number, k: number): bigint {
  let result = 1n
  for (let i = 0; i < k; i++) result = (result * BigInt(n - i)) / BigInt(i + 1)
  return result
}

/** The same tail by counting, in whole numbers. */
function counted(failures: number, calls: number, peerFailures: number, peerCalls: number): number {
  const total = calls + peerCalls
  const failed = failures + peerFailures
  let ways = 0n
  for (let k = failures; k <= Math.min(calls, failed); k++)
    if (calls - k <= total - failed) ways += choose(failed, k) * choose(total - failed, calls - k)
  return Number((ways * 10n ** 18n) / choose(total, calls)) / 1e18
}

describe("Fisher's exact test", () => {
  it('is the tail of the hypergeometric distribution', () => {
    for (let calls = 1; calls <= 24; calls += 3) {
      for (let failures = 0; failures <= calls; failures++) {
        for (const [peerFailures, peerCalls] of [
          [0, 1],
          [0, 40],
          [3, 40],
          [12, 40],
          [40, 40],
        ] as const) {
          const expected = counted(failures, calls, peerFailures, peerCalls)
          const found = chanceOf(failures, calls, peerFailures, peerCalls)
          expect(found).toBeGreaterThan(expected * (1 - 1e-6) - 1e-15)
          expect(found).toBeLessThan(expected * (1 + 1e-6) + 1e-15)
        }
      }
    }
  })

  // Fisher's own example: a lady tells all of four cups of tea out of eight.
  it('the lady tasting tea', () => {
    expect(chanceOf(4, 4, 0, 4)).toBeCloseTo(1 / 70, 9)
    expect(chanceOf(3, 4, 1, 4)).toBeCloseTo(17 / 70, 9)
  })

  it('holds for a busy fleet', () => {
    expect(chanceOf(1_000, 10_000, 9_000, 90_000)).toBeCloseTo(0.5, 1)
    expect(chanceOf(2_000, 10_000, 9_000, 90_000)).toBeLessThan(1e-100)
    expect(chanceOf(10, 10_000, 0, 1_000_000)).toBeLessThan(1e-15)
  })
})
