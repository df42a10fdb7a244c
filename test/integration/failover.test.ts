import { type BalancerEvents, failover, httpCheck } from 'evenkeel'
import { expect, test } from 'vitest'
import { serverProcess } from '../support/servers/server-process.ts'
import { driveWhile } from './drive.ts'
import { eventually } from './eventually.ts'
import { NOTHING, watchedBalancer } from './watched-balancer.ts'

const PAUSE = 200
const DELAY = 400

type Change = [from: string | undefined, to: string | undefined, reason: string]

/** A primary and a standby in processes of their own, under load. */
async function underLoad(
  preempt: boolean,
  story: (world: {
    primary: { kill(): Promise<void>; start(): Promise<unknown> }
    changes: Change[]
    /** Between the return of the primary and that it was master again, in ms. */
    waited: () => number
    made: () => number
    stateOfPrimary: () => string | undefined
  }) => Promise<void>,
) {
  await using a = await serverProcess('a')
  await using b = await serverProcess('b')
  await using watched = watchedBalancer({
    endpoints: [
      { id: 'a', url: a.url },
      { id: 'b', url: b.url, priority: 1 },
    ],
    policy: failover({ preempt, preemptDelay: DELAY, holdDown: PAUSE }),
    outlierDetection: { baseEjectionTime: PAUSE, maxEjectionTime: 2 * PAUSE },
    circuitBreaker: { resetTimeout: PAUSE },
  })
  const { balancer } = watched
  const changes: Change[] = []
  let back = 0
  let changed = 0
  balancer.on('masterchanged', ({ from, to, reason }: BalancerEvents['masterchanged']) => {
    changes.push([from?.id, to?.id, reason])
    changed = performance.now()
  })
  const isBack = () => {
    back = performance.now()
  }
  balancer.on('readmitted', isBack).on('circuitclosed', isBack)
  let running = true
  let made = 0
  const load = driveWhile(
    () => running,
    8,
    (index) => {
      made++
      return balancer.fetch('/item', { method: index % 4 === 0 ? 'PUT' : 'GET' })
    },
  )
  await eventually(() => made).toBeGreaterThan(50)
  const stateOfPrimary = () => balancer.snapshot().endpoints.find(({ id }) => id === 'a')?.state
  await story({ primary: a, changes, waited: () => changed - back, made: () => made, stateOfPrimary })
  running = false
  const { failures, statuses } = await load
  expect(failures).toEqual([])
  expect(statuses).toEqual({ 200: made })
  expect(watched.leftovers()).toEqual(NOTHING)
}

const LOST = expect.stringMatching(/^(ejected|circuit)$/)

test('a primary that is killed under load costs no call, and takes over again when it is back', {
  timeout: 30_000,
}, async () => {
  await underLoad(true, async ({ primary, changes, waited, made }) => {
    expect(changes).toEqual([[undefined, 'a', 'first']])
    await primary.kill()
    await eventually(() => changes.length).toBe(2)
    expect(changes[1]).toEqual(['a', 'b', LOST])
    const soFar = made()
    await eventually(() => made()).toBeGreaterThan(soFar + 100)
    await primary.start()
    await eventually(() => changes.length).toBe(3)
    expect(changes[2]).toEqual(['b', 'a', 'preempted'])
    // The clock of a millisecond more or less.
    expect(waited()).toBeGreaterThan(DELAY - 5)
    const then = made()
    await eventually(() => made()).toBeGreaterThan(then + 100)
    expect(changes).toHaveLength(3)
  })
})

test('with `preempt: false` the standby stays master', { timeout: 30_000 }, async () => {
  await underLoad(false, async ({ primary, changes, made, stateOfPrimary }) => {
    await primary.kill()
    await eventually(() => changes.length).toBe(2)
    await primary.start()
    await eventually(stateOfPrimary).toBe('eligible')
    const backAt = performance.now()
    const then = made()
    await eventually(() => performance.now() - backAt > 2 * DELAY && made() > then + 200).toBe(true)
    expect(changes).toEqual([
      [undefined, 'a', 'first'],
      ['a', 'b', LOST],
    ])
  })
})

test('a primary that is killed while nobody calls is found out by a tracked check', {
  timeout: 30_000,
}, async () => {
  await using a = await serverProcess('a')
  await using b = await serverProcess('b')
  const schedule = { interval: 50, fastInterval: 50, idleInterval: 50, jitter: 0, rise: 1, fall: 2 }
  const { check } = httpCheck({ path: '/item' })
  await using watched = watchedBalancer({
    endpoints: [a.url, b.url],
    policy: failover({
      masterOnly: true,
      waitForMaster: 5_000,
      holdDown: 0,
      track: [{ name: 'answers', check, ...schedule }],
    }),
  })
  const { balancer } = watched
  const serverOf = async () => {
    const response = await balancer.fetch('/item')
    await response.arrayBuffer()
    return response.headers.get('x-server')
  }
  expect(await serverOf()).toBe('a')
  await a.kill()
  await eventually(() => balancer.snapshot().failover?.master).toBe(b.url)
  expect(await serverOf()).toBe('b')
  // Nobody is left: the call waits until somebody is.
  await b.kill()
  await eventually(() => balancer.snapshot().failover?.master).toBeUndefined()
  const waiting = serverOf()
  await a.start()
  expect(await waiting).toBe('a')
})
