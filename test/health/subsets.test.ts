import {
  apertureSubset,
  rendezvousSubset,
  rocksteadierSubset,
  type SubsetMember,
  type Subsetting,
} from 'evenkeel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/testing/seeded-random.js'

/** Ids that sort as they are numbered. */
const members = (count: number, weight = (_: number) => 1): SubsetMember[] =>
  Array.from({ length: count }, (_, i) => ({ id: `web-${String(i).padStart(5, '0')}`, weight: weight(i) }))

const chosen = (subset: Subsetting, from: readonly SubsetMember[]): Set<string> => {
  const shares = subset.shares(from)
  return new Set(from.filter((_, i) => shares[i]! > 0).map(({ id }) => id))
}

/** How many clients each endpoint has, counting parts of clients as such. */
function clientsOf(subsets: readonly Subsetting[], from: readonly SubsetMember[]): number[] {
  const counts = from.map(() => 0)
  for (const subset of subsets) {
    const shares = subset.shares(from)
    for (const i of counts.keys()) counts[i]! += shares[i]!
  }
  return counts
}

const KINDS = {
  rendezvous: (index: number, _clients: number, size: number) =>
    rendezvousSubset({ id: `client-${index}`, size }),
  rocksteadier: (index: number, clients: number, size: number) =>
    rocksteadierSubset({ index, clients, size }),
  aperture: (index: number, clients: number, size: number) => apertureSubset({ index, clients, size }),
}

describe.each(Object.entries(KINDS))('%s', (name, create) => {
  it('says the same of the same endpoints, whatever their order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), fc.nat(19), fc.integer(), (count, index, seed) => {
        const subset = create(index, 20, 10)
        const shuffled = members(count)
          .map((member) => ({ member, at: seededRandom(seed)() }))
          .sort((a, b) => a.at - b.at || (a.member.id < b.member.id ? 1 : -1))
          .map(({ member }) => member)
        expect(chosen(subset, shuffled)).toEqual(chosen(subset, members(count)))
      }),
      { numRuns: 50 },
    )
  })

  it.each([1, 2, 9, 10, 11, 57, 1000])(
    'uses as many of %i as it should, and all of a small fleet',
    (count) => {
      for (const index of [0, 7, 19]) {
        const { size } = chosen(create(index, 20, 10), members(count))
        if (name === 'aperture') {
          expect(size).toBeGreaterThanOrEqual(Math.min(count, 10))
          // Rounded up to the client's own part of the circle, and one at each edge.
          expect(size).toBeLessThanOrEqual(
            Math.min(count, Math.max(10, Math.ceil(count / 20)) + Math.ceil(count / 20) + 2),
          )
        } else expect(size).toBe(Math.min(count, 10))
      }
    },
  )

  it('moves little when one endpoint comes', () => {
    const before = members(200)
    const after = members(201)
    let moved = 0
    for (let index = 0; index < 20; index++) {
      const subset = create(index, 20, 20)
      const old = chosen(subset, before)
      for (const id of chosen(subset, after)) if (!old.has(id)) moved++
    }
    // Of 20 x 20 connections: exactly what the newcomer needs, or at the edges of every arc.
    expect(moved).toBeLessThanOrEqual(name === 'aperture' ? 60 : 20)
  })
})

describe('how even subsets are', () => {
  const spread = (counts: readonly number[]) =>
    Math.max(...counts) / (counts.reduce((a, b) => a + b, 0) / counts.length)

  it.each([
    [100, 100, 20],
    [100, 300, 20],
    [30, 40, 12],
    [250, 1000, 20],
  ])('rocksteadier: %i clients of %i endpoints, %i each', (clients, endpoints, size) => {
    const subsets = Array.from({ length: clients }, (_, index) =>
      rocksteadierSubset({ index, clients, size }),
    )
    const counts = clientsOf(subsets, members(endpoints))
    // One lot of clients more than the mean, at most: each lot gives an endpoint one client of its ten.
    const mean = (clients * size) / endpoints
    expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil(mean) + 2)
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(Math.floor(mean) - 2)
  })

  it.each([
    [7, 100, 12],
    [100, 33, 12],
    [64, 1000, 20],
  ])('aperture: exactly by weight, for %i clients of %i endpoints', (clients, endpoints, size) => {
    const fleet = members(endpoints, (i) => 1 + (i % 3))
    const subsets = Array.from({ length: clients }, (_, index) => apertureSubset({ index, clients, size }))
    const counts = clientsOf(subsets, fleet)
    expect(spread(counts)).toBeCloseTo(1, 6)
  })

  it('rendezvous: by chance', () => {
    const subsets = Array.from({ length: 200 }, (_, i) => rendezvousSubset({ id: `pod-${i}`, size: 20 }))
    const counts = clientsOf(subsets, members(200))
    expect(Math.min(...counts)).toBeGreaterThan(5)
    expect(spread(counts)).toBeLessThan(2)
  })
})

describe('options of subsets', () => {
  it.each([
    [() => rendezvousSubset({ id: '' }), 'rendezvousSubset.id'],
    [() => rendezvousSubset({ id: 'a', size: 0 }), 'rendezvousSubset.size'],
    [() => rocksteadierSubset({ index: 3, clients: 3 }), 'rocksteadierSubset.index'],
    [() => rocksteadierSubset({ index: 0, clients: 0 }), 'rocksteadierSubset.clients'],
    [() => apertureSubset({ index: -1, clients: 3 }), 'apertureSubset.index'],
    [() => apertureSubset({ index: 0 } as never), 'apertureSubset.clients'],
    [() => apertureSubset({ index: 0, clients: 1, sise: 3 } as never), 'apertureSubset.sise'],
  ])('refuses %s', (make, option) => {
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_INVALID_CONFIG' }))
    expect(make).toThrow(option)
  })
})
