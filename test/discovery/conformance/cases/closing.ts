import type { DiscoveryWatch } from 'evenkeel'
import { expect } from 'vitest'
import { members, type Stage } from '../stage.ts'
import { type Cases, given, type Scene } from './case.ts'

/** It ends, whatever is going on, and leaves nothing behind. */
export const closing: Cases<'close' | 'shared'> = {
  async close(scene) {
    await beforeItBegan(scene)
    await atOnce(scene)
    await withAList(scene)
    await byAListener(scene)
    if (scene.harness.fail !== undefined) await betweenFailures(scene)
    if (scene.harness.hang !== undefined) {
      await duringTheFirstLook(scene)
      await duringALook(scene)
    }
  },

  async shared({ harness, stage }) {
    const options = harness.options()
    const one = stage(options)
    const other = stage(options)
    await one.ready()
    await other.ready()
    await one.balancer.close()
    await harness.publish(members(2, 3))
    await other.holds(2, 3)
    expect(one.ids().sort()).toEqual([1, 2, 3].map((n) => harness.idOf(n)).sort())
    await other.close()
  },
}

async function beforeItBegan({ stage, harness }: Scene) {
  const before = harness.contacts().length
  await stage().close()
  expect(harness.contacts().length).toBe(before)
}

/** By whoever watches it, without a balancer between: nothing may be said afterwards. */
async function atOnce({ harness, stage }: Scene) {
  const it = stage()
  if (it.source === undefined) return
  for (const wait of [() => undefined, () => Promise.resolve(), () => harness.step()]) {
    const { watch, late } = heard(it)
    await wait()
    await closeTwice(it, watch)
    expect(late()).toEqual([])
  }
  if (harness.hang === undefined) return
  await harness.hang()
  const { watch, late } = heard(it)
  const before = harness.contacts().length
  await it.until('it was asked', () => harness.contacts().length > before)
  const closing = closeTwice(it, watch)
  // The answer comes too late.
  await harness.publish(members(1, 2, 3))
  await closing
  expect(late()).toEqual([])
}

/** Watches, and remembers what is said after the end. */
function heard(it: Stage) {
  const said: unknown[] = []
  const told = (what: unknown) => void said.push(what)
  const watch = it.watch({ update: told, fail: told, warn: told })
  let before: number | undefined
  return {
    watch: {
      close() {
        const closed = watch.close()
        before ??= said.length
        return closed
      },
    },
    late: () => said.slice(before),
  }
}

async function closeTwice(it: Stage, watch: DiscoveryWatch) {
  await watch.close()
  await watch.close()
  await it.until('nothing is held', () => it.harness.held() === 0)
  await it.aWhile()
}

async function withAList({ stage }: Scene) {
  const it = stage()
  await it.ready()
  await it.close()
  await it.balancer.close()
}

async function byAListener({ stage }: Scene) {
  const it = stage()
  it.balancer.on('endpointadded', () => void it.balancer.close())
  await it.settled(it.balancer.ready().catch(() => {}))
  await it.close()
}

async function betweenFailures({ harness, stage }: Scene) {
  const it = stage()
  await it.ready()
  await given(harness.fail).call(harness)
  await it.isStale()
  await it.close()
  await harness.publish(members(1, 2, 3))
}

async function duringTheFirstLook({ harness, stage }: Scene) {
  await given(harness.hang).call(harness)
  const it = stage()
  const before = harness.contacts().length
  const ready = it.balancer.ready().catch((error: unknown) => error)
  await it.until('it was asked', () => harness.contacts().length > before)
  await it.close()
  expect(await ready).toMatchObject({ code: 'ERR_CLOSED' })
  await harness.publish(members(1, 2, 3))
}

async function duringALook({ harness, stage }: Scene) {
  const it = stage()
  await it.ready()
  const before = harness.contacts().length
  await given(harness.hang).call(harness)
  await it.until('it was asked', () => harness.contacts().length > before)
  await it.close()
  await harness.publish(members(1, 2, 3))
}
