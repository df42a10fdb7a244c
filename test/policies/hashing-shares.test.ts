import { describe, expect, it } from 'vitest'
import { maglev } from '../../src/policies/maglev.js'
import { ringHash } from '../../src/policies/ring-hash.js'
import { equal, KEYED, KeyedFleet, keysOf, tally } from '../support/keyed.js'

const KEYS = keysOf(20_000)

/** How far a share may be from the weight's, relative to that: the ring's points are placed by chance. */
const TOLERANCE: Readonly<Record<string, number>> = { 'ring-hash': 0.15, maglev: 0.05, rendezvous: 0.05 }

describe.each(KEYED)('%s, by weight', (name, create) => {
  it.each([
    [equal(2)],
    [equal(10)],
    [{ a: 1, b: 3 }],
    [{ a: 5, b: 1, c: 1 }],
    [{ a: 0.2, b: 0.3, c: 0.5 }],
    [{ a: 100, b: 200, c: 300, d: 400 }],
  ])('gives each of %j its share of keys', (weights) => {
    const counts = tally(new KeyedFleet(create(), weights).owners(KEYS))
    const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0)
    for (const [id, weight] of Object.entries(weights)) {
      const fair = (KEYS.length * weight) / total
      // What the index is off by, and three standard deviations of drawing so many keys.
      expect(Math.abs((counts[id] ?? 0) - fair)).toBeLessThan(TOLERANCE[name]! * fair + 3 * Math.sqrt(fair))
    }
  })

  it('gives one of a thousandth of the weight about a thousandth of the keys', () => {
    const counts = tally(new KeyedFleet(create(), { light: 1, heavy: 1_000 }).owners(KEYS))
    expect(counts['light']).toBeGreaterThan(4)
    expect(counts['light']).toBeLessThan(50)
  })

  it('takes a weight that is larger than any other by all there is', () => {
    const fleet = new KeyedFleet(create(), { ...equal(3), huge: Number.MAX_SAFE_INTEGER, tiny: 5e-324 })
    expect(tally(fleet.owners(KEYS))['huge']).toBeGreaterThan(19_900)
  })

  it('spreads calls without a key by weight, and none of them to one that was tried', () => {
    const fleet = new KeyedFleet(create(), { a: 1, b: 2, c: 1 })
    const counts = tally(Array.from({ length: 8_000 }, () => fleet.pick(undefined).id))
    expect(counts['b']! / 8_000).toBeCloseTo(0.5, 1)
    const others = Array.from({ length: 500 }, () => fleet.pick(undefined, [fleet.get('b')]).id)
    expect(Object.keys(tally(others)).sort()).toEqual(['a', 'c'])
  })

  it('lets keys come one by one to an endpoint that warms up, each of them once', () => {
    const fleet = new KeyedFleet(create(), equal(5))
    const whole = fleet.owners(KEYS)
    const endpoint = fleet.get('n1')
    let before = new Set<string>()
    for (const part of [0.1, 0.3, 0.6, 1]) {
      endpoint.effectiveWeight = part * endpoint.weight
      const owners = fleet.owners(KEYS)
      const its = new Set(KEYS.filter((_, i) => owners[i] === 'n1'))
      // By rendezvous it has its share of the weight that there is now; elsewhere the part of its own keys.
      const fair = name === 'rendezvous' ? part / (4 + part) : part / 5
      expect(its.size / KEYS.length).toBeGreaterThan(fair * 0.85)
      expect(its.size / KEYS.length).toBeLessThan(fair * 1.15)
      for (const key of before) expect(its.has(key)).toBe(true)
      owners.forEach((id, i) => {
        if (whole[i] !== 'n1') expect(id).toBe(whole[i])
      })
      before = its
    }
    expect(fleet.owners(KEYS)).toEqual(whole)
  })

  it('still finds somebody when all of them are cold', () => {
    const fleet = new KeyedFleet(create(), equal(3))
    for (const id of ['n0', 'n1', 'n2']) fleet.get(id).effectiveWeight = 1e-6
    expect(Object.keys(tally(fleet.owners(KEYS.slice(0, 300)))).sort()).toEqual(['n0', 'n1', 'n2'])
  })
})

describe('the size of an index', () => {
  it('is a prime of at least ten slots an endpoint, so that nobody is left without keys', () => {
    const fleet = new KeyedFleet(maglev({ tableSize: 3 }), equal(50))
    expect(Object.keys(tally(fleet.owners(KEYS)))).toHaveLength(50)
  })

  it('is not more than the largest ring that is allowed, but for a point for each endpoint', () => {
    const fleet = new KeyedFleet(ringHash({ minRingSize: 16, maxRingSize: 16 }), equal(40))
    // One point each: shares are far apart, as places fall, but there is a share for nearly all.
    expect(Object.keys(tally(fleet.owners(KEYS))).length).toBeGreaterThan(36)
  })

  it('makes shares the more even the more points there are', () => {
    const spread = (minRingSize: number) => {
      const counts = Object.values(tally(new KeyedFleet(ringHash({ minRingSize }), equal(4)).owners(KEYS)))
      return Math.max(...counts) / Math.min(...counts)
    }
    expect(spread(2 ** 18)).toBeLessThan(1.08)
    expect(spread(2 ** 18)).toBeLessThan(spread(1))
  })
})
