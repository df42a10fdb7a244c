import { expect } from 'vitest'
import { members, type Stage } from '../stage.ts'
import { type Cases, given, type Scene } from './case.ts'

/** The backend is away, or does not answer: the last good list stays in use, and is called old. */
export const troubles: Cases<'outage' | 'outage at start' | 'hang' | 'last good list'> = {
  async outage(scene) {
    await survives(scene, given(scene.harness.fail).bind(scene.harness))
  },

  async hang(scene) {
    await survives(scene, given(scene.harness.hang).bind(scene.harness))
  },

  async 'outage at start'({ harness, stage }) {
    await given(harness.fail).call(harness)
    const it = stage()
    const call = it.call()
    call.catch(() => {})
    await it.until('it is told what is wrong', () => it.errors.length > 0)
    expect(it.discovery).toMatchObject({ arrived: false, stale: false, error: expect.stringMatching(/./) })
    expect(it.discovery.failures).toBeGreaterThan(0)
    expect(it.discovery.age).toBeUndefined()
    // Nobody has to start it anew, and who waits goes on.
    await harness.publish(members(1, 2))
    expect([1, 2].map((n) => harness.idOf(n))).toContain(await it.settled(call))
    await it.holds(1, 2)
    await it.isFresh()
  },

  async 'last good list'({ harness, stage }) {
    const it = stage()
    await it.ready()
    await it.holds(1, 2, 3)
    it.told.length = 0
    const troubles = [harness.fail, harness.empty, harness.hang, ...Object.values(harness.garbage ?? {})]
    for (const trouble of troubles.filter((one) => one !== undefined)) {
      await trouble.call(harness)
      await it.isStale()
      await it.aWhile()
      await it.call()
    }
    expect(it.told).toEqual([])
    await harness.publish(members(3, 4))
    await it.holds(3, 4)
    await it.isFresh()
  },
}

async function survives({ harness, stage }: Scene, trouble: () => unknown): Promise<void> {
  const it: Stage = stage()
  await it.ready()
  await it.holds(1, 2, 3)
  it.told.length = 0
  const { updatedAt } = it.discovery
  await trouble()
  await it.isStale()
  await it.aWhile()
  const { age, failures, failingSince } = it.discovery
  expect(failures).toBeGreaterThan(0)
  expect(failingSince).toBeGreaterThanOrEqual(updatedAt!)
  expect(age).toBeGreaterThan(0)
  expect(it.told).toEqual([])
  expect(await it.answerers()).toEqual([1, 2, 3].map((n) => harness.idOf(n)).sort())
  await harness.publish(members(1, 2, 4))
  await it.holds(1, 2, 4)
  await it.isFresh()
  expect(it.discovery.failures).toBe(0)
  expect(it.discovery.updatedAt).toBeGreaterThan(updatedAt!)
}
