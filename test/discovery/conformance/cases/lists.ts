import { expect } from 'vitest'
import { members } from '../stage.ts'
import { type Cases, given } from './case.ts'

/** The list as it comes, and what is wrong with it. */
export const lists: Cases<'lazy' | 'first list' | 'mistake' | 'empty' | 'garbage'> = {
  async lazy({ harness, stage }) {
    const readied = stage()
    const called = stage()
    await called.aWhile()
    expect(harness.contacts()).toEqual([])
    expect(harness.held()).toBe(0)
    expect(called.discovery).toMatchObject({ arrived: false, stale: false })
    await readied.ready()
    await readied.holds(1, 2, 3)
    expect(called.ids()).toEqual([])
    await called.settled(called.call())
    await called.holds(1, 2, 3)
  },

  async 'first list'({ harness, stage }) {
    const it = stage()
    await it.ready()
    await it.holds(1, 2, 3)
    expect(await it.answerers()).toEqual([1, 2, 3].map((n) => harness.idOf(n)).sort())
    if (it.source !== undefined) expect(it.told.sort()).toEqual(it.of('added', 1, 2, 3).sort())
    expect(it.errors).toEqual([])
    const { source, arrived, stale, age } = it.discovery
    expect({ arrived, stale }).toEqual({ arrived: true, stale: false })
    expect(source).toMatch(/./)
    if (it.source !== undefined) expect(age).toBeGreaterThanOrEqual(0)
  },

  async mistake({ harness, stage }) {
    const it = stage()
    await it.ready()
    await given(harness.publishWithMistake).call(harness, members(1, 2, 4))
    await it.holds(1, 2, 4)
    // The list is as it should be, but for what is missing: that is told, and it is not old.
    expect(it.errors.length).toBeGreaterThan(0)
    expect(it.discovery).toMatchObject({ stale: false, error: expect.stringMatching(/./) })
    await harness.publish(members(1, 2, 4))
    await it.isFresh()
  },

  async empty({ harness, stage }) {
    const it = stage()
    await it.ready()
    await it.holds(1, 2, 3)
    it.told.length = 0
    await given(harness.empty).call(harness)
    await it.isStale()
    await it.aWhile()
    expect(it.told).toEqual([])
    await it.call()
    await harness.publish(members(2, 3))
    await it.holds(2, 3)
    await it.isFresh()
  },

  async garbage({ harness, stage }) {
    const it = stage()
    await it.ready()
    await it.holds(1, 2, 3)
    const kinds = Object.values(given(harness.garbage))
    expect(kinds.length).toBeGreaterThan(0)
    for (const garble of kinds) {
      it.told.length = 0
      await garble()
      await it.isStale()
      expect(it.told).toEqual([])
      await it.call()
      await harness.publish(members(1, 2, 3))
      await it.isFresh()
      expect(it.told).toEqual([])
    }
  },
}
