import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { covers, Fleet, type Unit } from '../../src/health/standing.js'
import { leftOfAll, leftOfManyZones, leftOfZones } from '../../src/health/worst-losses.js'

type Limits = ReadonlyMap<string | undefined, number>

/** Endpoints `a`, `b` ... that can carry so much, in zones by their letter. */
function units(capacities: readonly number[], zones = ''): Unit[] {
  return capacities.map((capacity, i) => ({ id: `e${i}`, zone: zones[i], capacity }))
}

const fleetOf = (capacities: readonly number[], zones?: string, limits?: Limits) =>
  new Fleet(units(capacities, zones), 1, limits)

describe('the standing of a fleet', () => {
  it('counts endpoints that are alike', () => {
    expect(fleetOf([1, 1, 1, 1]).standing(3)).toEqual({ required: 3, mayFail: 1, short: false })
    expect(fleetOf([1, 1, 1, 1]).standing(2.4)).toEqual({ required: 3, mayFail: 1, short: false })
    expect(fleetOf([1, 1, 1, 1]).standing(4)).toEqual({ required: 4, mayFail: 0, short: false })
  })

  it('says how many are missing when it is short', () => {
    expect(fleetOf([1, 1, 1, 1]).standing(5.5)).toEqual({ required: 6, mayFail: 0, short: true })
    expect(new Fleet(units([2, 2]), 2, undefined).standing(9)).toEqual({
      required: 5,
      mayFail: 0,
      short: true,
    })
    expect(fleetOf([]).standing(0)).toEqual({ required: 1, mayFail: 0, short: true })
  })

  it('lets the largest fail first', () => {
    // Without the 4 it is 3, and without that and one more 2: too little for 2.5.
    expect(fleetOf([4, 1, 1, 1]).standing(2.5)).toEqual({ required: 3, mayFail: 1, short: false })
    expect(fleetOf([4, 1, 1, 1]).standing(3.5)).toEqual({ required: 4, mayFail: 0, short: false })
  })

  it('keeps one when there is no traffic', () => {
    expect(fleetOf([1, 1, 1]).standing(0)).toEqual({ required: 1, mayFail: 2, short: false })
  })

  it('is not confused by sums of fractions', () => {
    expect(fleetOf(Array.from({ length: 10 }, () => 0.1)).standing(1).mayFail).toBe(0)
    expect(fleetOf([0.1, 0.2, 0.5]).standing(0.3).mayFail).toBe(1)
  })
})

describe('dedicated backups', () => {
  const limits: Limits = new Map([
    ['a', 2],
    ['b', 2],
  ])

  it('add nothing while all of their zone is up', () => {
    expect(fleetOf([1, 1, 1, 1, 1], 'aabba', limits).capacity).toBe(4)
    expect(fleetOf([1, 1, 1, 1, 1], 'aabba').capacity).toBe(5)
  })

  it('replace what their own zone has lost, and nothing of another', () => {
    expect(fleetOf([1, 1, 1, 1], 'abba', limits).capacity).toBe(4)
    expect(fleetOf([1, 1, 1, 1], 'aaba', limits).capacity).toBe(3)
  })

  it('make a loss in the zone without one the worst', () => {
    // Two of a may fail before it hurts as one of b does.
    const fleet = fleetOf([3, 3, 1, 1, 3], 'aabba', new Map([...limits, ['a', 6]]))
    expect([0, 1, 2, 3].map((count) => fleet.worst(count))).toEqual([8, 7, 5, 2])
    expect(fleet.standing(7)).toEqual({ required: 4, mayFail: 1, short: false })
    expect(fleet.standing(7.5)).toEqual({ required: 5, mayFail: 0, short: false })
  })

  it('are of no use in a zone with nothing of its own', () => {
    expect(fleetOf([1, 1, 5], 'aac', limits).capacity).toBe(2)
  })
})

/** Every way to leave out `count` of them. */
function* leaving(all: readonly Unit[], count: number): Generator<readonly Unit[]> {
  if (count > all.length) return
  if (count === 0) return yield all
  const [first, ...rest] = all as [Unit, ...Unit[]]
  yield* leaving(rest, count - 1)
  for (const left of leaving(rest, count)) yield [first, ...left]
}

/** What can be used of what is left, said in another way than the library does. */
function usable(left: readonly Unit[], limits: Limits | undefined): number {
  if (limits === undefined) return left.reduce((sum, { capacity }) => sum + capacity, 0)
  let sum = 0
  for (const [zone, limit] of limits)
    sum += Math.min(
      limit,
      usable(
        left.filter((unit) => unit.zone === zone),
        undefined,
      ),
    )
  return sum
}

const some = fc.array(
  fc.record({ capacity: fc.integer({ min: 1, max: 6 }), zone: fc.constantFrom('a', 'b', 'c') }),
  {
    minLength: 1,
    maxLength: 9,
  },
)
const limitsOf = fc.option(
  fc.tuple(fc.nat(12), fc.nat(12), fc.nat(12)).map(
    ([a, b, c]): Limits =>
      new Map([
        ['a', a],
        ['b', b],
        ['c', c],
      ]),
  ),
  { nil: undefined },
)

describe('how many may fail', () => {
  it('is the largest number of which any may, and something is left', () => {
    fc.assert(
      fc.property(some, limitsOf, fc.nat(30), (given, limits, required) => {
        const all = given.map((unit, i) => ({ ...unit, id: `e${i}` }))
        const enough = (count: number) =>
          count < all.length && [...leaving(all, count)].every((left) => usable(left, limits) >= required)
        let mayFail = 0
        while (enough(mayFail + 1)) mayFail++
        const standing = new Fleet(all, 1, limits).standing(required)
        expect(standing.short).toBe(!enough(0))
        expect(standing.mayFail).toBe(mayFail)
        if (!standing.short) expect(standing.required + standing.mayFail).toBe(all.length)
        else expect(standing.required).toBeGreaterThan(all.length)
      }),
      { numRuns: 500 },
    )
  })

  it('names what is left at the least', () => {
    fc.assert(
      fc.property(some, limitsOf, fc.nat(9), (given, limits, count) => {
        const all = given.map((unit, i) => ({ ...unit, id: `e${i}` }))
        const least = Math.min(
          ...[...leaving(all, Math.min(count, all.length))].map((left) => usable(left, limits)),
        )
        expect(new Fleet(all, 1, limits).worst(count)).toBeCloseTo(least, 9)
      }),
      { numRuns: 300 },
    )
  })

  it('is never said to be more by the way that large fleets are reckoned, nor less by more than a zone', () => {
    const zone = fc
      .tuple(fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 5 }), fc.nat(20))
      .map(([capacities, limit]) => leftOfAll(capacities).map((left) => Math.min(limit, left)))
    fc.assert(
      fc.property(fc.array(zone, { maxLength: 5 }), (zones) => {
        const exact = leftOfZones(zones)
        const bound = leftOfManyZones(zones)
        const largest = Math.max(0, ...zones.map((left) => left[0] ?? 0))
        expect(bound.length).toBe(exact.length)
        for (const [count, left] of exact.entries()) {
          expect(bound[count]).toBeLessThanOrEqual(left + 1e-9)
          expect(bound[count]).toBeGreaterThanOrEqual(left - largest - 1e-9)
        }
        expect(bound.at(0)).toBeCloseTo(exact[0] ?? 0)
        expect(bound.at(-1)).toBeCloseTo(0)
      }),
      { numRuns: 500 },
    )
  })

  it('is reckoned in time for ten thousand endpoints', () => {
    const many = Array.from({ length: 10_000 }, (_, i) => 1 + (i % 3))
    const zones = new Map(['a', 'b'].map((zone) => [zone, 6_000]))
    const fleet = fleetOf(many, 'ab'.repeat(5_000), zones)
    const begun = performance.now()
    const { mayFail } = fleet.standing(11_000)
    // Exactly: 4,000 of a zone's 10,000 are to spare; of its 3s, 1,666 make 4,998, and the next is one too many.
    expect(mayFail).toBeLessThanOrEqual(1_666)
    expect(mayFail).toBeGreaterThan(500)
    // It takes ten; in every way it would take seconds.
    expect(performance.now() - begun).toBeLessThan(1_000)
  })

  it('agrees with what covers what', () => {
    expect(covers(3, 3)).toBe(true)
    expect(covers(0.1 + 0.2, 0.3)).toBe(true)
    expect(covers(2.999, 3)).toBe(false)
  })
})
