import { createServer } from 'node:http'
import { type BalancerEvents, formatLoadReport, LOAD_HEADER, roundRobin } from 'evenkeel'
import { expect, test } from 'vitest'
import { LocalServer } from '../support/servers/local-server.ts'
import { serverProcess } from '../support/servers/server-process.ts'
import { driveWhile } from './drive.ts'
import { eventually } from './eventually.ts'
import { NOTHING, watchedBalancer } from './watched-balancer.ts'

/** How long an endpoint that failed is left alone, the first time. */
const PAUSE = 300

test('two of four servers are killed, and come back', { timeout: 30_000 }, async () => {
  await using a = await serverProcess('a')
  await using b = await serverProcess('b')
  await using c = await serverProcess('c')
  await using d = await serverProcess('d')
  const urls = [a, b, c, d].map(({ url }) => url)
  await using watched = watchedBalancer({
    endpoints: urls.map((url, i) => ({ url, zone: i < 2 ? 'x' : 'y' })),
    // Sends everybody enough to be found out by, which one that avoids who has failed once need not.
    policy: roundRobin(),
    outlierDetection: { baseEjectionTime: PAUSE, maxEjectionTime: 2 * PAUSE },
    circuitBreaker: { resetTimeout: PAUSE },
    // Twelve calls are under way all the time, less what passes between two of them: two servers of 8.
    redundancy: { capacity: { concurrent: 8 }, spare: 1, window: 3_000, restoreAfter: 200 },
  })
  const { balancer } = watched
  const lost: BalancerEvents['redundancylost'][] = []
  const restored: BalancerEvents['redundancyrestored'][] = []
  balancer.on('redundancylost', (event) => lost.push(event))
  balancer.on('redundancyrestored', (event) => restored.push(event))
  const now = () => balancer.snapshot().redundancy

  let running = true
  // Also when an expectation fails: calls to a closed balancer would go on for ever.
  using _stop = {
    [Symbol.dispose]: () => {
      running = false
    },
  }
  const load = driveWhile(
    () => running,
    12,
    () => balancer.fetch('/item'),
  )
  await eventually(now).toMatchObject({ required: 2, available: 4, mayFail: 2, redundant: true })
  expect(balancer.canLose({ zone: 'x' })).toMatchObject({ ok: true, required: 2, left: 2, mayFail: 0 })
  expect(balancer.canLose({ count: 3 })).toMatchObject({ ok: false })

  await Promise.all([a.kill(), b.kill()])
  await eventually(() => lost.length).toBe(1)
  expect(lost[0]).toMatchObject({
    required: 2,
    available: 2,
    mayFail: 0,
    spare: 1,
    short: false,
    reason: 'endpoints-lost',
  })
  expect([a, b].map(({ url }) => url)).toEqual(
    expect.arrayContaining(lost[0]?.endpoints.map(({ id }) => id) ?? []),
  )
  expect(lost[0]?.capacity.required).toBeGreaterThan(1)
  expect(lost[0]?.capacity.required).toBeLessThanOrEqual(2)
  expect(now()).toMatchObject({ required: 2, available: 2, mayFail: 0, redundant: false })
  // It was right: what is left carries the traffic, and nobody noticed.
  expect(restored).toEqual([])

  await Promise.all([a.start(), b.start()])
  await eventually(() => restored.length).toBe(1)
  await eventually(now).toMatchObject({ required: 2, available: 4, mayFail: 2, redundant: true })
  running = false
  const { failures } = await load
  expect(failures).toEqual([])
  expect(lost).toHaveLength(1)
  expect(restored).toHaveLength(1)
  expect(restored[0]?.lasted).toBeGreaterThan(200)
  expect(watched.leftovers()).toEqual(NOTHING)
})

/** Is asked for more than by one client alone, and says how far it is utilised. */
class UtilizedServer extends LocalServer {
  constructor(used: () => number) {
    super(
      createServer((_request, response) => {
        response.setHeader(LOAD_HEADER, formatLoadReport({ applicationUtilization: used() })).end('hello')
      }),
    )
  }
}

test('a client of little traffic learns from load reports what the traffic of all needs', async () => {
  await using stack = new AsyncDisposableStack()
  let used = 0.4
  const open = async () => stack.use(await new UtilizedServer(() => used).listen())
  const servers = [await open(), await open(), await open(), await open()]
  const { balancer } = stack.use(
    watchedBalancer({
      endpoints: servers.map(({ url }) => url),
      redundancy: { capacity: { utilization: 0.8 }, window: 1_500 },
    }),
  )
  const lost: BalancerEvents['redundancylost'][] = []
  balancer.on('redundancylost', (event) => lost.push(event))
  const callAndLook = async () => {
    await (await balancer.fetch('/')).text()
    return balancer.snapshot().redundancy
  }
  // 4 x 0.4 are in use: at 80 %, two servers could do it.
  await eventually(callAndLook).toMatchObject({ required: 2, mayFail: 2, redundant: true })
  expect(lost).toEqual([])
  used = 0.75
  await eventually(callAndLook).toMatchObject({ required: 4, mayFail: 0, redundant: false })
  expect(lost).toEqual([expect.objectContaining({ reason: 'load-rose', required: 4, available: 4 })])
})
