import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EndpointSet } from '../../src/core/endpoint-set.js'
import { parseEndpoint } from '../../src/core/parse-endpoint.js'
import { checkSubset, type Subset, subsetKey } from '../../src/routing/subset.js'
import { SubsetPools } from '../../src/routing/subset-pools.js'

const spec = (id: string, metadata: Record<string, unknown>) =>
  parseEndpoint({ id, url: `http://${id}`, metadata }, 'endpoint')

const rule = (subset: Subset) => checkSubset(subset, 'subset')

describe('the key of a subset', () => {
  it('is the same for all ways to write it, and no other', () => {
    const keys = [
      [
        { a: 1, b: [2, 3] },
        { b: [3, 2, 3], a: [1] },
      ],
      [{ a: '1', b: [2, 3] }],
      [{ a: 1 }],
      [{ a: null }],
      [{ a: 'null' }],
      [{ a: true }],
      [{ 'a":1,"b': 1 }],
      [{ a: ['x|"y"', 'z'] }],
      [{ a: ['x', 'y"|"z'] }],
      [{}],
    ].map((ways) => new Set(ways.map((way) => subsetKey(way, 'subset'))))
    for (const key of keys) expect(key.size).toBe(1)
    expect(new Set(keys.flatMap((key) => [...key])).size).toBe(keys.length)
  })

  it('and the rule do not change with what was given', () => {
    const versions = ['v1']
    const given = { version: versions }
    const { accepts, given: kept } = rule(given)
    versions.push('v2')
    const endpoints = new EndpointSet()
    expect(accepts(endpoints.add(spec('a', { version: 'v2' })))).toBe(false)
    expect(accepts(endpoints.add(spec('b', { version: 'v1' })))).toBe(true)
    expect(kept).toEqual({ version: ['v1'] })
  })
})

describe('the pools of subsets', () => {
  it('are bounded for what calls ask for; those of rules stay', () => {
    const endpoints = new EndpointSet()
    const a = endpoints.add(spec('a', { tenant: 7, version: 'v1' }))
    const pools = new SubsetPools(endpoints)
    const pinned = pools.pin(rule({ version: 'v1' }))
    expect(pools.pin(rule({ version: ['v1'] }))).toBe(pinned)
    expect(pools.pin(rule({}))).toBe(endpoints.whole)
    const first = pools.targetOf(rule({ tenant: 7 }))
    expect(endpoints.tablesOf(a)).toHaveLength(3)
    for (let i = 1_000; i < 2_000; i++) pools.targetOf(rule({ tenant: i }))
    for (let i = 0; i < 100; i++) expect(pools.targetOf(rule({ version: 'v1' })).pool).toBe(pinned)
    expect(endpoints.pools.length).toBeLessThanOrEqual(2 + 64)
    expect(endpoints.pools).toContain(pinned)
    expect(endpoints.tablesOf(a)).toHaveLength(2)
    // A call that is still under way has its pool made again.
    expect(first.pool.eligible).toBe(1)
    expect(endpoints.tablesOf(a)).toHaveLength(3)
    endpoints.removePool(endpoints.whole)
    expect(endpoints.pools[0]).toBe(endpoints.whole)
  })

  it('hold who belongs there, and their calls in flight, through any changes', () => {
    const step = fc.record({
      what: fc.constantFrom('add', 'remove', 'update', 'pool', 'begin', 'end'),
      who: fc.nat(5),
      ring: fc.nat(2),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const endpoints = new EndpointSet()
        const pools = new Map<number, ReturnType<EndpointSet['addPool']>>()
        for (const { what, who, ring } of steps) {
          const id = `e${who}`
          const endpoint = endpoints.get(id)
          if (what === 'pool') {
            const pool = pools.get(ring)
            if (pool !== undefined) endpoints.removePool(pool)
            if (pool !== undefined) pools.delete(ring)
            else pools.set(ring, endpoints.addPool(rule({ ring }).accepts))
          } else if (endpoint === undefined) {
            if (what === 'add') endpoints.add(spec(id, { ring }))
          } else if (what === 'remove') endpoints.remove(endpoint)
          else if (what === 'update') endpoints.update(endpoint, spec(id, { ring }))
          else if (what === 'begin') endpoints.begin(endpoint)
          else if (what === 'end' && endpoint.inFlight > 0) endpoints.end(endpoint)
          const all = [...endpoints.all()]
          expect(endpoints.pools).toHaveLength(1 + pools.size)
          for (const [wanted, pool] of pools) {
            const members = all.filter(({ metadata }) => metadata['ring'] === wanted)
            const [tier] = pool.tiers
            expect(pool.eligible).toBe(members.length)
            expect(tier?.all.total ?? 0).toBe(members.length)
            expect(tier?.all.inFlight ?? 0).toBe(members.reduce((sum, { inFlight }) => sum + inFlight, 0))
          }
          for (const one of all) {
            const seats = endpoints.pools.filter((pool) => pool.tiers.some(({ all }) => all.has(one)))
            expect(endpoints.tablesOf(one)).toHaveLength(seats.length)
          }
        }
      }),
      { seed: 11, numRuns: 200 },
    )
  })
})
