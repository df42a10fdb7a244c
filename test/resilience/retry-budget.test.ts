import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type RetryBudgetOptions, retryBudget } from '../../src/resilience/retry-budget.js'

describe('a retry budget', () => {
  it('starts with the floor of ten seconds', () => {
    const budget = retryBudget()
    expect(budget.balance(1_000)).toBe(100)
    expect(Array.from({ length: 101 }, () => budget.withdraw(1_000)).filter(Boolean)).toHaveLength(100)
  })

  it('allows a share of the calls', () => {
    const budget = retryBudget({ minPerSecond: 0 })
    expect(budget.withdraw(0)).toBe(false)
    for (let i = 0; i < 5; i++) budget.deposit(0)
    expect(budget.withdraw(0)).toBe(true)
    expect(budget.withdraw(0)).toBe(false)
  })

  it('forgets after ten seconds, for all of the time that has passed', () => {
    const budget = retryBudget({ minPerSecond: 0 })
    for (let i = 0; i < 100; i++) budget.deposit(0)
    expect(budget.balance(9_000)).toBe(20)
    expect(budget.balance(10_000)).toBe(0)
    for (let i = 0; i < 100; i++) budget.deposit(10_500)
    expect(budget.balance(10_500)).toBe(20)
    expect(budget.balance(3_600_000)).toBe(0)
  })

  it('keeps a dead service at 1 + ratio of its traffic over any ten seconds, and more', () => {
    const budget = retryBudget({ ratio: 0.2, minPerSecond: 0 })
    let calls = 0
    let retries = 0
    for (let now = 0; now < 120_000; now += 7) {
      calls++
      budget.deposit(now)
      while (budget.withdraw(now)) retries++
    }
    expect(retries / calls).toBeLessThanOrEqual(0.2)
    expect(retries / calls).toBeGreaterThan(0.19)
  })

  it('never gives out more than it may, whatever the order of things', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(3_000)), { maxLength: 300 }), (steps) => {
        const budget = retryBudget({ ratio: 0.3, minPerSecond: 0.2 })
        const calls: number[] = []
        const retries: number[] = []
        let now = 0
        for (const [isCall, gap] of steps) {
          now += gap
          if (isCall) {
            budget.deposit(now)
            calls.push(now)
            continue
          }
          if (!budget.withdraw(now)) continue
          retries.push(now)
          // Slots of a second: what counts began with the slot nine before this one.
          const since = (Math.floor(now / 1000) - 9) * 1000
          const within = (times: number[]) => times.filter((time) => time >= since).length
          expect(within(retries)).toBeLessThanOrEqual(0.3 * within(calls) + 2 + 1e-6)
        }
      }),
    )
  })

  it.each([
    [{ ratio: -1 }, /retryBudget\.ratio/],
    [{ minPerSecond: Number.NaN }, /retryBudget\.minPerSecond/],
    [{ percent: 20 }, /retryBudget\.percent/],
  ])('refuses %j', (options, message) => {
    expect(() => retryBudget(options as RetryBudgetOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
    )
  })
})
