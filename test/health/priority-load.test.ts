import { describe, expect, it } from 'vitest'
import { BACKUP } from '../../src/core/endpoint.js'
import { Tier } from '../../src/core/tier.js'
import { assignPriorityLoad, choosePriority } from '../../src/health/priority-load.js'
import { seededRandom } from '../../src/testing/seeded-random.js'
import { Gate, gate, tableOf, tierOf } from '../support/table.js'

const ENVOY = { overprovisioningFactor: 1.4, panicThreshold: 0.5 }

/** Priorities of ten endpoints each, of which so many are eligible; the rest is ejected or broken. */
function priorities(eligible: readonly number[], gates: number = Gate.EJECTED): Tier[] {
  return eligible.map((count) => {
    const { tier, endpoints } = tierOf(Array.from({ length: 10 }, () => 1))
    for (const endpoint of endpoints.slice(count)) gate(tier.all, endpoint, gates)
    return tier
  })
}

function loads(tiers: Tier[]): number[] {
  assignPriorityLoad(tiers, ENVOY)
  return tiers.map((tier) => Math.round(tier.load * 100))
}

describe('the load of priorities', () => {
  // The table of Envoy's documentation, "Priority levels".
  it.each([
    [
      [10, 10],
      [100, 0],
    ],
    [
      [8, 10],
      [100, 0],
    ],
    [
      [7, 10],
      [98, 2],
    ],
    [
      [5, 10],
      [70, 30],
    ],
    [
      [1, 10],
      [14, 86],
    ],
    [
      [0, 10],
      [0, 100],
    ],
    [
      [5, 5],
      [70, 30],
    ],
    [
      [3, 3],
      [50, 50],
    ],
    [
      [0, 0],
      [50, 50],
    ],
    [
      [2, 2, 10],
      [28, 28, 44],
    ],
  ])('with %j of ten eligible is %j percent', (eligible, expected) => {
    expect(loads(priorities(eligible))).toEqual(expected)
  })

  it.each([
    ['plenty left elsewhere', [1, 10], [false, false]],
    ['half left', [5], [false]],
    ['fewer than half left', [4], [true]],
    ['all gone', [0], [true]],
    ['too few in each, enough together', [4, 4], [false, false]],
    ['hardly too few together', [4, 3], [true, true]],
    ['far too few in both', [2, 3], [true, true]],
  ])('panics when it should: %s', (_, eligible, expected) => {
    const tiers = priorities(eligible)
    assignPriorityLoad(tiers, ENVOY)
    expect(tiers.map((tier) => tier.panic)).toEqual(expected)
  })

  it('does not panic over endpoints that panic could not use', () => {
    const [tier] = priorities([1], Gate.CIRCUIT) as [Tier]
    assignPriorityLoad([tier], ENVOY)
    expect(tier.panic).toBe(false)
  })

  it('leaves endpoints of weight 0 out of the count', () => {
    const { tier, endpoints } = tierOf([1, 1, 0, 0, 0, 0])
    assignPriorityLoad([tier], ENVOY)
    expect(tier).toMatchObject({ panic: false, load: 1 })
    gate(tier.all, endpoints[0]!, Gate.EJECTED)
    assignPriorityLoad([tier], ENVOY)
    expect(tier).toMatchObject({ panic: false, eligible: 1, weighted: 2 })
  })

  it('is nothing for an empty priority', () => {
    expect(loads([new Tier(0)])).toEqual([0])
  })
})

describe('choosing a priority', () => {
  it('follows the loads', () => {
    const tiers = priorities([5, 10])
    assignPriorityLoad(tiers, ENVOY)
    const chance = seededRandom(1)
    const draws = Array.from({ length: 10_000 }, () => choosePriority(tiers, chance()))
    expect(draws.filter((tier) => tier === tiers[0]).length / draws.length).toBeCloseTo(0.7, 1)
  })

  it('never chooses one with nobody in it, whatever rounding leaves', () => {
    const tiers = priorities([0, 10], Gate.CIRCUIT)
    assignPriorityLoad(tiers, ENVOY)
    expect(choosePriority(tiers, 0)).toBe(tiers[1])
    expect(choosePriority(tiers, 0.999_999_999)).toBe(tiers[1])
    const none = priorities([0], Gate.CIRCUIT)
    assignPriorityLoad(none, ENVOY)
    expect(choosePriority(none, 0.5)).toBeUndefined()
  })
})

describe('a backup', () => {
  const levels = (...eligible: number[]) =>
    eligible.map((count, index) => {
      const { endpoints } = tableOf(Array.from({ length: 10 }, () => 1))
      const tier = new Tier(index === eligible.length - 1 ? BACKUP : index)
      for (const endpoint of endpoints) tier.add(endpoint, [])
      for (const endpoint of endpoints.slice(count)) gate(tier.all, endpoint, Gate.EJECTED)
      return tier
    })

  it.each([
    [[1, 10], 'one', [100, 0]],
    [[0, 10], 'none', [0, 100]],
    [[0, 2, 10], 'two of the next priority', [0, 100, 0]],
    [[3, 1, 0], 'a few, and no backup', [75, 25, 0]],
    [[0, 0, 0], 'nobody at all', [33, 33, 33]],
  ])('with %j eligible (%s)', (eligible, _, expected) => {
    expect(loads(levels(...eligible))).toEqual(expected)
  })

  it('keeps those before it out of panic while it could step in', () => {
    const panics = (...eligible: number[]) => {
      const tiers = levels(...eligible)
      assignPriorityLoad(tiers, ENVOY)
      return tiers.map(({ panic }) => panic)
    }
    expect(panics(1, 10)).toEqual([false, false])
    expect(panics(1, 1)).toEqual([true, true])
    expect(panics(1, 0)).toEqual([true, true])
  })

  it('does not get the crumbs that rounding leaves either', () => {
    for (let a = 0; a <= 10; a++) {
      for (let b = 0; b <= 10; b++) {
        for (let c = 1; c <= 10; c++) {
          const tiers = levels(a, b, c, 10)
          assignPriorityLoad(tiers, ENVOY)
          expect(tiers[3]?.load).toBe(0)
          expect(choosePriority(tiers, 1 - 2 ** -53)?.priority).toBeLessThan(BACKUP)
        }
      }
    }
  })
})
