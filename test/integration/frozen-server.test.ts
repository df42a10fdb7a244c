import { type BalancerEvents, leastRequest, roundRobin } from 'evenkeel'
import { expect, test } from 'vitest'
import { serverProcess } from '../support/servers/server-process.ts'
import { eventually } from './eventually.ts'
import { NOTHING, watchedBalancer } from './watched-balancer.ts'

const SERVERS = 5
/** Far more than it may take to notice. */
const TIMEOUT = 4_000

/** Begins a call every few ms, whatever becomes of those before. */
function openLoop(call: () => Promise<Response>) {
  const failures: unknown[] = []
  const calls = new Set<Promise<void>>()
  let slow = 0
  const timer = setInterval(() => {
    const began = performance.now()
    const one = call()
      .then((response) => response.arrayBuffer())
      .then(
        () => {
          if (performance.now() - began > TIMEOUT / 2) slow++
        },
        (error: unknown) => void failures.push(error),
      )
      .finally(() => calls.delete(one))
    calls.add(one)
  }, 5)
  return {
    async end() {
      clearInterval(timer)
      await Promise.all(calls)
      return { failures, slow }
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

test.each([roundRobin(), leastRequest()])(
  'a server process that is stopped is hardly asked, and costs no call its success, under $name',
  { timeout: 60_000 },
  async (policy) => {
    await using stack = new AsyncDisposableStack()
    const ids = Array.from({ length: SERVERS }, (_, i) => `s${i}`)
    const servers = await Promise.all(ids.map(async (id) => stack.use(await serverProcess(id))))
    const { balancer, leftovers } = stack.use(
      watchedBalancer({
        endpoints: servers.map(({ url }) => url),
        policy,
        timeout: { attempt: TIMEOUT },
        outlierDetection: { baseEjectionTime: 2_000 },
      }),
    )
    const ejected: BalancerEvents['ejected'][] = []
    balancer.on('ejected', (event) => ejected.push(event))
    const frozen = servers[1]!
    const of = () => balancer.snapshot().endpoints.find(({ url }) => url === frozen.url)!
    using load = openLoop(() => balancer.fetch('/'))
    await eventually(() => of().successes).toBeGreaterThan(50)

    const asked = of().calls
    const { calls } = balancer.snapshot().counts
    frozen.freeze()
    stack.defer(() => frozen.thaw())
    await eventually(() => balancer.snapshot().counts.calls).toBeGreaterThan(calls + 400)
    if (policy.name === 'round-robin') expect(ejected[0]?.rule).toBe('overdue')
    // By round robin that would be 80 calls. On a machine that is busy all answers take long, and so does this.
    const waiting = of().calls - asked
    expect(waiting).toBeLessThanOrEqual(40)

    frozen.thaw()
    const then = of().successes
    await eventually(() => of().successes).toBeGreaterThan(then + 50)
    const { failures, slow } = await load.end()
    expect(failures).toEqual([])
    // Nobody but those who had gone there before it was noticed.
    expect(slow).toBeLessThanOrEqual(waiting)
    expect(ejected.filter(({ endpoint }) => endpoint.url !== frozen.url)).toEqual([])
    expect(leftovers()).toEqual(NOTHING)
  },
)
