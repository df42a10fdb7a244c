import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AliasTable } from '../../src/policies/alias-table.js'
import { random } from '../../src/policies/random.js'
import { seededRandom } from '../../src/testing/seeded-random.js'
import { Gate, gate, tableOf } from '../support/table.js'

describe('an alias table', () => {
  it('draws in exact proportion to any weights', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 12 }),
        (weights) => {
          const { endpoints } = tableOf(weights)
          const aliases = new AliasTable(endpoints)
          // Every number in [0, 1) belongs to one endpoint: going through them on a fine grid measures each part.
          const grid = 40_000
          const parts = new Map(endpoints.map((endpoint) => [endpoint, 0]))
          for (let i = 0; i < grid; i++) {
            const endpoint = aliases.draw(() => (i + 0.5) / grid)
            parts.set(endpoint, parts.get(endpoint)! + 1)
          }
          const total = weights.reduce((sum, weight) => sum + weight, 0)
          // A column's two borders may each be off by a grid step.
          const tolerance = (2 * weights.length) / grid
          endpoints.forEach((endpoint, i) => {
            expect(Math.abs(parts.get(endpoint)! / grid - weights[i]! / total)).toBeLessThanOrEqual(tolerance)
          })
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('random', () => {
  it('keeps to the weights of those that are left, also when most of the weight is out', () => {
    const { table, endpoints } = tableOf([100, 1, 2, 3])
    gate(table, endpoints[0]!, Gate.EJECTED)
    const policy = random()
    const chance = seededRandom(4)
    const counts = new Map<string, number>()
    const picks = 12_000
    for (let i = 0; i < picks; i++) {
      const { id } = policy.pick(table, { now: 0, random: chance, tried: [], key: undefined })!
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
    expect(counts.get('a')).toBeUndefined()
    expect(counts.get('b')! / picks).toBeCloseTo(1 / 6, 1.5)
    expect(counts.get('c')! / picks).toBeCloseTo(2 / 6, 1.5)
    expect(counts.get('d')! / picks).toBeCloseTo(3 / 6, 1.5)
  })
})
