import { type Balancer, leastLatency, leastRequest, random, roundRobin } from 'evenkeel'
import { expect, test } from 'vitest'
import { type ServerProcess, serverProcess } from '../support/servers/server-process.ts'
import { driveWhile } from './drive.ts'
import { eventually } from './eventually.ts'
import { NOTHING, watchedBalancer } from './watched-balancer.ts'

/** How long an endpoint that failed is left alone, the first time. */
const PAUSE = 300
const LONGEST_PAUSE = 2 * PAUSE

const OPTIONS = {
  outlierDetection: { baseEjectionTime: PAUSE, maxEjectionTime: LONGEST_PAUSE },
  circuitBreaker: { resetTimeout: PAUSE },
}

const POLICIES = Object.entries({
  leastLatency: () => leastLatency({ penalty: PAUSE }),
  leastRequest,
  roundRobin,
  random,
})

function successes(balancer: Balancer, { url }: ServerProcess): number {
  return balancer.snapshot().endpoints.find((endpoint) => endpoint.url === url)?.successes ?? 0
}

test.each(POLICIES)(
  'a server that is killed costs no call, and is used again when it is back, under %s',
  { timeout: 30_000 },
  async (_policy, policy) => {
    await using a = await serverProcess('a')
    await using b = await serverProcess('b')
    await using watched = watchedBalancer({ endpoints: [a.url, b.url], policy: policy(), ...OPTIONS })
    const { balancer } = watched

    let running = true
    const load = driveWhile(
      () => running,
      8,
      () => balancer.fetch('/item'),
    )
    await eventually(() => successes(balancer, a)).toBeGreaterThan(20)
    await a.kill()
    const soFar = successes(balancer, b)
    await eventually(() => successes(balancer, b)).toBeGreaterThan(soFar + 100)

    const before = successes(balancer, a)
    await a.start()
    const backAt = performance.now()
    await eventually(() => successes(balancer, a)).toBeGreaterThan(before + 20)
    const took = performance.now() - backAt
    running = false
    const { failures, servers } = await load

    expect(failures).toEqual([])
    expect(servers).toEqual({ a: expect.any(Number), b: expect.any(Number) })
    // The longest it can have been left alone, and a generous bound on all the rest.
    expect(took).toBeLessThan(LONGEST_PAUSE + 3_000)
    expect(watched.leftovers()).toEqual(NOTHING)
  },
)

test('a rolling restart of three processes under load costs no idempotent call', {
  timeout: 60_000,
}, async () => {
  await using a = await serverProcess('a')
  await using b = await serverProcess('b')
  await using c = await serverProcess('c')
  const processes = [a, b, c]
  await using watched = watchedBalancer({
    endpoints: processes.map(({ url }) => url),
    policy: leastLatency({ penalty: PAUSE }),
    ...OPTIONS,
  })
  const { balancer } = watched

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
  for (const process of processes) {
    await eventually(() => successes(balancer, process)).toBeGreaterThan(20)
    await process.kill()
    const soFar = made
    await eventually(() => made).toBeGreaterThan(soFar + 50)
    const before = successes(balancer, process)
    await process.start()
    await eventually(() => successes(balancer, process)).toBeGreaterThan(before + 20)
  }
  running = false
  const { failures, statuses } = await load
  expect(failures).toEqual([])
  expect(statuses).toEqual({ 200: made })
  expect(watched.leftovers()).toEqual(NOTHING)
})
