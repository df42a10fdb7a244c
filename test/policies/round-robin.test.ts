import { describe, expect, it } from 'vitest'
import type { LiveEndpoint } from '../../src/core/endpoint.js'
import type { EndpointTable } from '../../src/core/endpoint-table.js'
import { roundRobin } from '../../src/policies/round-robin.js'
import { seededRandom } from '../../src/testing/seeded-random.js'
import { Gate, gate, tableOf } from '../support/table.js'

/** Chance that always gives the beginning of the cycle. */
const fromTheStart = () => 0

function order(
  table: EndpointTable,
  picks: number,
  random = fromTheStart,
  tried: LiveEndpoint[] = [],
): string {
  const policy = roundRobin()
  return Array.from(
    { length: picks },
    () => policy.pick(table, { now: 0, random, tried, key: undefined })?.id,
  ).join(' ')
}

describe('round robin, smooth weighted', () => {
  // As nginx 1.22 picks from `server a weight=5; server b; server c;` and so on.
  it.each([
    [[5, 1, 1], 'a a b a c a a'],
    [[1, 1, 1], 'a b c a b c'],
    [[4, 2, 1], 'a b a c a b a'],
    [[3, 1], 'a a b a a a b a'],
    [[1, 2, 3], 'c b a c b c'],
  ])('picks from weights %j in the order of nginx: %s', (weights, expected) => {
    expect(order(tableOf(weights).table, expected.split(' ').length)).toBe(expected)
  })

  it('starts anywhere in the cycle, and keeps its order from there', () => {
    const cycle = 'a a b a c a a'.split(' ')
    const rotations = new Set(cycle.map((_, k) => [...cycle.slice(k), ...cycle.slice(0, k)].join(' ')))
    const seen = new Set<string>()
    for (let seed = 0; seed < 100; seed++) seen.add(order(tableOf([5, 1, 1]).table, 7, seededRandom(seed)))
    expect(seen).toEqual(rotations)
  })

  it('keeps the order of the list when endpoints were out and came back', () => {
    const { table, endpoints } = tableOf([1, 1, 1])
    gate(table, endpoints[0]!, Gate.EJECTED)
    gate(table, endpoints[1]!, Gate.EJECTED)
    gate(table, endpoints[1]!, 0)
    gate(table, endpoints[0]!, 0)
    expect(order(table, 6)).toBe('a b c a b c')
  })

  it('passes over what the call has tried, without taking its turn away', () => {
    const { table, endpoints } = tableOf([1, 1, 1])
    expect(order(table, 4, fromTheStart, [endpoints[1]!])).toBe('a c a c')
  })

  it('gives an endpoint that was out no credit for the time', () => {
    const { table, endpoints } = tableOf([1, 1])
    const policy = roundRobin()
    const pick = () => policy.pick(table, { now: 0, random: fromTheStart, tried: [], key: undefined })?.id
    pick()
    gate(table, endpoints[1]!, Gate.EJECTED)
    for (let i = 0; i < 50; i++) expect(pick()).toBe('a')
    gate(table, endpoints[1]!, 0)
    const next = Array.from({ length: 10 }, pick)
    expect(next.filter((id) => id === 'b')).toHaveLength(5)
  })
})

describe('round robin, by schedule', () => {
  const count = 100

  it('gives every one of many endpoints exactly its turns in a cycle', () => {
    const { table } = tableOf(Array.from({ length: count }, () => 1))
    const policy = roundRobin()
    const chance = seededRandom(3)
    const pick = () => policy.pick(table, { now: 0, random: chance, tried: [], key: undefined })!.id
    for (let round = 0; round < 3; round++) {
      expect(new Set(Array.from({ length: count }, pick)).size).toBe(count)
    }
  })

  it('spreads the turns of a heavy one out', () => {
    const { table } = tableOf([50, ...Array.from({ length: 50 }, () => 1)])
    const policy = roundRobin()
    const chance = seededRandom(3)
    const picks = Array.from(
      { length: 1_000 },
      () => policy.pick(table, { now: 0, random: chance, tried: [], key: undefined })!.id,
    )
    let longestRun = 0
    for (let run = 0, i = 0; i < picks.length; i++) {
      run = picks[i] === 'a' ? run + 1 : 0
      longestRun = Math.max(longestRun, run)
    }
    expect(picks.filter((id) => id === 'a').length / picks.length).toBeCloseTo(0.5, 1)
    // Half of the turns: a schedule without luck would alternate; random phases make some bursts.
    expect(longestRun).toBeLessThan(12)
  })

  it('leaves out what is gated, and takes it up again within a cycle, without a burst', () => {
    const { table, endpoints } = tableOf(Array.from({ length: count }, () => 1))
    const policy = roundRobin()
    const chance = seededRandom(5)
    const cycle = () =>
      Array.from(
        { length: table.size },
        () => policy.pick(table, { now: 0, random: chance, tried: [], key: undefined })!,
      )
    cycle()
    const out = endpoints.slice(0, 30)
    for (const endpoint of out) gate(table, endpoint, Gate.EJECTED)
    for (let i = 0; i < 5; i++) for (const endpoint of cycle()) expect(out).not.toContain(endpoint)
    for (const endpoint of out) gate(table, endpoint, 0)
    const back = [...cycle(), ...cycle()]
    for (const endpoint of out) {
      const turns = back.filter((picked) => picked === endpoint).length
      expect(turns).toBeGreaterThanOrEqual(1)
      expect(turns).toBeLessThanOrEqual(3)
    }
  })

  it('does not let an endpoint that was away make up for its turns', () => {
    const { table, endpoints } = tableOf(Array.from({ length: count }, () => 1))
    const policy = roundRobin()
    const chance = seededRandom(5)
    const pick = () => policy.pick(table, { now: 0, random: chance, tried: [], key: undefined })!
    for (let i = 0; i < count; i++) pick()
    table.remove(endpoints[0]!)
    for (let i = 0; i < 20 * count; i++) pick()
    table.add(endpoints[0]!)
    const picks = Array.from({ length: count }, pick)
    expect(picks.filter((picked) => picked === endpoints[0]).length).toBeLessThanOrEqual(2)
  })
})
