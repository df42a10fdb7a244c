import { describe, expect, it } from 'vitest'
import { LoadWindow } from '../../src/health/load-window.js'

/** Thirty slots of 1 s. */
const WINDOW = 30_000

describe('a window of load', () => {
  it('has no peak before a slot is full', () => {
    const window = new LoadWindow(WINDOW)
    expect(window.peak(5_000)).toBeUndefined()
    window.add(7, 5_900)
    expect(window.peak(5_999)).toBeUndefined()
    expect(window.peak(6_000)).toBe(7)
  })

  it('knows the highest slot, until the window has passed it', () => {
    const window = new LoadWindow(WINDOW)
    window.add(0, 0)
    for (const [at, amount] of [
      [0, 2],
      [1_500, 5],
      [1_900, 4],
      [2_100, 3],
    ] as const)
      window.add(amount, at)
    expect(window.peak(4_000)).toBe(9)
    // The slot from 1 s to 2 s is the 30th of those that are full until 32 s.
    expect(window.peak(31_999)).toBe(9)
    expect(window.peak(32_000)).toBe(3)
    expect(window.peak(33_000)).toBe(0)
  })

  it('forgets everything in a long silence', () => {
    const window = new LoadWindow(WINDOW)
    window.add(9, 0)
    expect(window.peak(10 * WINDOW)).toBe(0)
    window.add(4, 10 * WINDOW)
    expect(window.peak(10 * WINDOW + 1_000)).toBe(4)
  })

  it('shares what lasts out to the slots that it lasted in', () => {
    const window = new LoadWindow(WINDOW)
    window.add(0, 0)
    window.spread(2, 500, 2_250)
    expect(window.peak(2_000)).toBe(2_000)
    window.spread(-2, 1_250, 2_250)
    expect(window.peak(3_000)).toBe(1_000)
  })

  it('keeps the part of something long that is inside', () => {
    const window = new LoadWindow(WINDOW)
    window.add(0, 0)
    window.spread(3, 0, 100 * WINDOW)
    expect(window.peak(100 * WINDOW)).toBe(3_000)
  })
})
