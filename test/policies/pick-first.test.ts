import { pickFirst } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import type { LiveEndpoint } from '../../src/core/endpoint.js'
import type { Policy } from '../../src/policies/policy.js'
import { seededRandom } from '../../src/testing/seeded-random.js'
import { Gate, gate, tableOf } from '../support/table.js'

function picker(policy: Policy, seed = 1, count = 3) {
  const { table, endpoints } = tableOf(Array.from({ length: count }, () => 1))
  const random = seededRandom(seed)
  const pick = (tried: readonly LiveEndpoint[] = []) =>
    (policy.pick(table, { now: 0, random, tried, key: undefined }) as LiveEndpoint).id
  return { table, endpoints, pick }
}

describe('pickFirst', () => {
  it('stays with the first until it is out, and then with the next', () => {
    const { table, endpoints, pick } = picker(pickFirst())
    expect([pick(), pick(), pick()]).toEqual(['a', 'a', 'a'])
    gate(table, endpoints[0]!, Gate.EJECTED)
    expect([pick(), pick()]).toEqual(['b', 'b'])
    gate(table, endpoints[0]!, 0)
    expect([pick(), pick()]).toEqual(['b', 'b'])
    table.remove(endpoints[1]!)
    expect(pick()).toBe('a')
  })

  it('goes back with `failback`', () => {
    const { table, endpoints, pick } = picker(pickFirst({ failback: true }))
    gate(table, endpoints[0]!, Gate.EJECTED)
    expect(pick()).toBe('b')
    gate(table, endpoints[0]!, 0)
    expect(pick()).toBe('a')
  })

  it('a retry goes elsewhere, and the calls after it do not', () => {
    const { endpoints, pick } = picker(pickFirst())
    expect(pick()).toBe('a')
    expect(pick([endpoints[0]!])).toBe('b')
    expect(pick([endpoints[0]!, endpoints[1]!])).toBe('c')
    expect(pick()).toBe('a')
  })

  it('with `shuffle` clients begin at different endpoints, and stay there', () => {
    const firsts = new Map<string, number>()
    for (let seed = 0; seed < 300; seed++) {
      const { pick } = picker(pickFirst({ shuffle: true }), seed)
      const id = pick()
      expect([pick(), pick()]).toEqual([id, id])
      firsts.set(id, (firsts.get(id) ?? 0) + 1)
    }
    for (const id of ['a', 'b', 'c']) expect((firsts.get(id) ?? 0) / 300).toBeCloseTo(1 / 3, 1)
  })

  it('forks into one that begins anew, and refuses what it does not know', () => {
    expect(pickFirst().fork?.().name).toBe('pick-first')
    expect(() => pickFirst({ shuffle: 1 as never })).toThrow('pickFirst.shuffle')
    expect(() => pickFirst({ sticky: true } as never)).toThrow('pickFirst.sticky')
  })
})
