import { expect } from 'vitest'
import { members } from '../stage.ts'
import type { Cases } from './case.ts'

/** The list as it changes. */
export const changes: Cases<'update' | 'no-op' | 'description' | 'one of many' | 'removal'> = {
  async update({ harness, stage }) {
    const it = stage()
    await it.ready()
    await it.holds(1, 2, 3)
    const before = it.balancer.endpoints()
    it.told.length = 0
    await harness.publish(members(2, 3, 4))
    await it.holds(2, 3, 4)
    expect(it.told.sort()).toEqual([...it.of('added', 4), ...it.of('removed', 1)].sort())
    // Those that stay are the same objects, with all that was learned of them.
    expect(before).toEqual(
      expect.arrayContaining(it.balancer.endpoints().filter(({ id }) => id !== harness.idOf(4))),
    )
    expect(it.errors).toEqual([])
  },

  async 'no-op'({ harness, stage }) {
    const it = stage()
    await it.ready()
    await it.holds(1, 2, 3)
    const before = it.balancer.endpoints()
    it.told.length = 0
    await it.aWhile()
    await harness.publish(members(1, 2, 3))
    await it.aWhile()
    // In another order, which means nothing.
    await harness.publish(members(3, 1, 2))
    await it.aWhile()
    expect(it.told).toEqual([])
    expect(it.errors).toEqual([])
    it.balancer.endpoints().forEach((endpoint, i) => void expect(endpoint).toBe(before[i]))
    expect(it.discovery.stale).toBe(false)
  },

  async description({ harness, stage }) {
    const it = stage()
    await it.ready()
    await it.holds(1, 2, 3)
    const before = it.balancer.endpoints()
    it.told.length = 0
    const weights = () => new Map(it.balancer.endpoints().map(({ id, weight }) => [id, weight]))
    const weight = (weights().get(harness.idOf(2)) ?? 1) + 4
    await harness.publish([{ n: 1 }, { n: 2, weight }, { n: 3 }])
    await it.until('the weight has changed', () => weights().get(harness.idOf(2)) === weight)
    expect(it.told).toEqual(it.of('updated', 2))
    it.balancer.endpoints().forEach((endpoint, i) => void expect(endpoint).toBe(before[i]))
  },

  async 'one of many'({ harness, stage, most }) {
    const many = Array.from({ length: most }, (_, i) => ({ n: i + 1 }))
    await harness.publish(many)
    const it = stage()
    await it.ready()
    await it.until('all are there', () => it.balancer.endpoints().length === most)
    const before = new Map(it.balancer.endpoints().map((endpoint) => [endpoint.id, endpoint]))
    it.told.length = 0
    await harness.publish([...many.slice(0, 41), { n: most + 1 }, ...many.slice(42)])
    await it.until('it has changed', () => it.told.length > 0)
    await it.aWhile()
    expect(it.told.sort()).toEqual([...it.of('added', most + 1), ...it.of('removed', 42)].sort())
    const strangers = it.balancer.endpoints().filter((endpoint) => before.get(endpoint.id) !== endpoint)
    expect(strangers.map(({ id }) => id)).toEqual([harness.idOf(most + 1)])
  },

  async removal({ harness, stage }) {
    const it = stage()
    const drained: string[] = []
    it.balancer.on('drained', ({ endpoint }) => drained.push(endpoint.id))
    await it.ready()
    await it.holds(1, 2, 3)
    it.told.length = 0
    await harness.publish(members(2))
    await it.holds(2)
    expect(it.told.sort()).toEqual(it.of('removed', 1, 3).sort())
    expect(drained.sort()).toEqual([1, 3].map((n) => harness.idOf(n)).sort())
    expect(await it.answerers()).toEqual([harness.idOf(2)])
    // It comes back.
    await harness.publish(members(1, 2))
    await it.holds(1, 2)
  },
}
