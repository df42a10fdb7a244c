import { describe, expect, it } from 'vitest'
import { leastRequest } from '../../src/policies/least-request.js'
import { seededRandom } from '../../src/testing/seeded-random.js'
import { tableOf } from '../support/table.js'

describe('least request', () => {
  it.each([2, 8, 16])('finds the one idle endpoint among %i: it looks at all', (n) => {
    const { table, endpoints } = tableOf(Array.from({ length: n }, () => 1))
    for (const endpoint of endpoints) endpoint.inFlight = 3
    endpoints[n - 1]!.inFlight = 0
    const chance = seededRandom(1)
    for (let i = 0; i < 50; i++) {
      expect(leastRequest().pick(table, { now: 0, random: chance, tried: [], key: undefined })).toBe(
        endpoints[n - 1],
      )
    }
  })

  it('counts calls per weight', () => {
    const { table, endpoints } = tableOf([1, 4])
    endpoints[0]!.inFlight = 1
    endpoints[1]!.inFlight = 3
    expect(leastRequest().pick(table, { now: 0, random: seededRandom(1), tried: [], key: undefined })).toBe(
      endpoints[1],
    )
    endpoints[1]!.inFlight = 5
    expect(leastRequest().pick(table, { now: 0, random: seededRandom(1), tried: [], key: undefined })).toBe(
      endpoints[0],
    )
  })

  it('of two different ones among many, takes the one with fewer calls; the busiest is never picked', () => {
    const { table, endpoints } = tableOf(Array.from({ length: 50 }, () => 1))
    for (const endpoint of endpoints) endpoint.inFlight = 1
    endpoints[17]!.inFlight = 9
    const chance = seededRandom(2)
    const policy = leastRequest()
    const picks = Array.from({ length: 5_000 }, () =>
      policy.pick(table, { now: 0, random: chance, tried: [], key: undefined }),
    )
    expect(picks).not.toContain(endpoints[17])
    expect(new Set(picks).size).toBe(49)
  })

  it.each([4, 40])('takes the best one that the call has not tried, among %i', (n) => {
    const { table, endpoints } = tableOf(Array.from({ length: n }, () => 1))
    endpoints[2]!.inFlight = 1
    const tried = [endpoints[0]!]
    const chance = seededRandom(3)
    const policy = leastRequest()
    for (let i = 0; i < 200; i++) {
      const picked = policy.pick(table, { now: 0, random: chance, tried, key: undefined })
      expect(picked).not.toBe(endpoints[0])
      if (n === 4) expect(picked).not.toBe(endpoints[2])
    }
  })
})
