import { expect } from 'vitest'
import { members } from '../stage.ts'
import { type Cases, given } from './case.ts'

/** As many failures are looked at. */
const FAILURES = 7

/** How often a backend is asked. */
export const pace: Cases<'back-off' | 'jitter' | 'refresh'> = {
  async 'back-off'({ harness, stage }) {
    const it = stage()
    await it.ready()
    await given(harness.fail).call(harness)
    await it.isStale()
    const since = harness.contacts().length - 1
    await it.until('it was asked often', () => harness.contacts().length > since + FAILURES)
    const gaps = gapsOf(harness.contacts().slice(since))
    expect(Math.min(...gaps)).toBeGreaterThan(0)
    // The second of the last two, since jitter may make one of them short.
    expect(Math.max(...gaps.slice(-2)), `gaps of ${gaps}`).toBeGreaterThan(1.5 * gaps[0]!)
    await harness.publish(members(1, 4))
    await it.holds(1, 4)
  },

  async jitter({ harness, stage }) {
    await given(harness.fail).call(harness)
    const both = [stage(), stage()] as const
    // Both start at the same moment, and then lose each other.
    const ready = Promise.all(both.map(({ balancer }) => balancer.ready()))
    // It is looked at below, if it comes to that.
    ready.catch(() => {})
    await both[0].until('it was asked often', () => harness.contacts().length >= 2 * FAILURES)
    const times = harness.contacts().slice(2)
    const together = gapsOf(times).filter((gap) => gap === 0).length
    // Without chance it would be half of them.
    expect(together, `asked at ${times}`).toBeLessThan(times.length * 0.4)
    await harness.publish(members(1))
    await both[0].settled(ready)
  },

  async refresh({ harness, stage, minInterval }) {
    const it = stage()
    const updates: number[] = []
    const errors: unknown[] = []
    const watch = it.watch({
      update: (endpoints) => void updates.push(endpoints.length),
      fail: (error) => void errors.push(error),
      warn: (error) => void errors.push(error),
    })
    await it.until('there is a list', () => updates.length > 0)
    const before = harness.contacts().length
    // Whoever has nobody left to call may ask for it with each of them.
    for (let i = 0; i < 1_000; i++) watch.refresh?.()
    await harness.step()
    expect(harness.contacts().length - before, 'contacts for a thousand').toBeLessThan(50)
    for (let i = 0; i < 20; i++) {
      watch.refresh?.()
      await harness.step()
    }
    const gaps = gapsOf(harness.contacts().slice(before))
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    if (gaps.length > 0) expect(mean, `gaps of ${gaps}`).toBeGreaterThanOrEqual(minInterval * 0.9)
    await harness.publish(members(1, 2, 3, 4))
    watch.refresh?.()
    await it.until('it is found', () => updates.at(-1) === 4)
    await watch.close()
    await it.until('nothing is held', () => harness.held() === 0)
    const after = harness.contacts().length
    for (let i = 0; i < 1_000; i++) watch.refresh?.()
    await it.aWhile()
    expect(harness.contacts().length).toBe(after)
    expect(harness.held()).toBe(0)
    expect(errors).toEqual([])
  },
}

function gapsOf(times: readonly number[]): number[] {
  return times.slice(1).map((time, i) => time - times[i]!)
}
