import { describe, expect, it } from 'vitest'
import type { LiveEndpoint } from '../../src/core/endpoint.js'
import type { EndpointTable } from '../../src/core/endpoint-table.js'
import { leastRequest } from '../../src/policies/least-request.js'
import type { Policy } from '../../src/policies/policy.js'
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

describe('options of leastRequest', () => {
  const busy = (inFlight: readonly number[], weights = inFlight.map(() => 1)) => {
    const { table, endpoints } = tableOf(weights)
    for (const [i, count] of inFlight.entries()) endpoints[i]!.inFlight = count
    return { table, endpoints }
  }
  const counts = (policy: Policy, table: EndpointTable, times = 4_000) => {
    const random = seededRandom(9)
    const found = new Map<string, number>()
    for (let i = 0; i < times; i++) {
      const { id } = policy.pick(table, { now: 0, random, tried: [], key: undefined }) as LiveEndpoint
      found.set(id, (found.get(id) ?? 0) + 1)
    }
    return found
  }

  it('compares all of any number with `choices: all`', () => {
    const { table } = busy(Array.from({ length: 100 }, (_, i) => (i === 57 ? 0 : 1)))
    expect([...counts(leastRequest({ choices: 'all' }), table).keys()]).toEqual([
      tableOf(new Array(100).fill(1)).endpoints[57]!.id,
    ])
  })

  it.each([
    [2, 2 / 4],
    [3, 1 - (3 / 4) * (2 / 3) * (2 / 3)],
  ])('finds the idle one of four with %i choices as often as chance has it', (choices, expected) => {
    const { table } = busy([1, 1, 0, 1])
    const share = (counts(leastRequest({ choices }), table).get('c') ?? 0) / 4_000
    expect(share).toBeCloseTo(expected, 1)
  })

  it('weighs calls against weight by `bias`', () => {
    // 4 calls at weight 3 against 2 at weight 1: 1.33 and 2; squared 5.33 and 4; by the root 0.67 and 1.41.
    const { table } = busy([4, 2], [3, 1])
    expect([...counts(leastRequest(), table, 50).keys()]).toEqual(['a'])
    expect([...counts(leastRequest({ bias: 2 }), table, 50).keys()]).toEqual(['b'])
    expect([...counts(leastRequest({ bias: 0.5 }), table, 50).keys()]).toEqual(['a'])
  })

  it.each([
    [{ choices: 1 }, 'leastRequest.choices'],
    [{ choices: 2.5 }, 'leastRequest.choices'],
    [{ bias: 0 }, 'leastRequest.bias'],
    [{ biass: 1 }, 'leastRequest.biass'],
  ])('refuses %j', (options, option) => {
    expect(() => leastRequest(options as never)).toThrow(option)
  })
})
