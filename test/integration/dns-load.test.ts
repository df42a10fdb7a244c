import { setTimeout as sleep } from 'node:timers/promises'
import { type Balancer, type BalancerOptions, roundRobin } from 'evenkeel'
import { type DnsOptions, dns, dnsSrv, undiciTransport } from 'evenkeel/node'
import { expect, test } from 'vitest'
import { type KnotServer, knotServer } from '../support/servers/knot-server.ts'
import { type ServerProcess, serverAt } from '../support/servers/server-process.ts'
import { eventually } from './eventually.ts'
import { NOTHING, type WatchedBalancer, watchedBalancer } from './watched-balancer.ts'

/** Calls a second. */
const RATE = 500
/** Of the records, in ms: the shortest that there is. */
const TTL = 1_000
/** For a call to be made and counted, on a busy machine. */
const SLACK = 1_000

/** Calls at a steady rate, whatever becomes of them, until it is ended. */
class Load {
  readonly failures: unknown[] = []
  /** How many calls each server has answered. */
  readonly #answers = new Map<string, number>()
  calls = 0
  readonly #calls: Promise<void>[] = []
  #running = true
  readonly #done: Promise<void>

  constructor(balancer: Balancer) {
    this.#done = this.#drive(balancer)
  }

  count(server: ServerProcess): number {
    return this.#answers.get(server.id) ?? 0
  }

  async #drive(balancer: Balancer): Promise<void> {
    const start = performance.now()
    while (this.#running) {
      for (; this.calls < ((performance.now() - start) / 1_000) * RATE; this.calls++)
        this.#calls.push(this.#call(balancer))
      await sleep(2)
    }
  }

  async #call(balancer: Balancer): Promise<void> {
    try {
      const response = await balancer.fetch('/item')
      await response.arrayBuffer()
      expect(response.status).toBe(200)
      const server = response.headers.get('x-server') ?? ''
      this.#answers.set(server, (this.#answers.get(server) ?? 0) + 1)
    } catch (error) {
      this.failures.push(error)
    }
  }

  async end(): Promise<void> {
    this.#running = false
    await this.#done
    await Promise.all(this.#calls)
  }
}

/** How long it takes, in ms, until something holds. */
async function timeUntil(holds: () => boolean): Promise<number> {
  const from = performance.now()
  await eventually(holds).toBe(true)
  return performance.now() - from
}

function discovered(options: BalancerOptions): WatchedBalancer {
  return watchedBalancer({ name: 'users', transport: undiciTransport(), policy: roundRobin(), ...options })
}

const optionsFor = (knot: KnotServer): DnsOptions => ({ servers: [knot.address], family: 4, timeout: 300 })

test('addresses are added, removed and killed behind a name at 500 calls a second: no call fails', {
  timeout: 40_000,
}, async () => {
  await using a = await serverAt('127.0.1.1')
  const { port } = a
  await using b = await serverAt('127.0.1.2', port)
  await using c = await serverAt('127.0.1.3', port)
  await using d = await serverAt('127.0.1.4', port)
  const records = (...servers: ServerProcess[]) => servers.map(({ id }) => `users 1 IN A ${id}`)
  await using knot = await knotServer(...records(a, b, c))
  await using watched = discovered({
    discovery: dns(`http://users.lb.test:${port}`, optionsFor(knot)),
  })
  const { balancer } = watched
  const load = new Load(balancer)
  await eventually(() => [a, b, c].every((server) => load.count(server) > 50)).toBe(true)

  // One comes.
  await knot.publish(...records(a, b, c, d))
  expect(await timeUntil(() => load.count(d) > 0)).toBeLessThan(TTL + SLACK)

  // One goes: within one TTL it gets no more calls, and can be switched off.
  await knot.publish(...records(b, c, d))
  const addresses = () => balancer.endpoints().map(({ address }) => address)
  expect(await timeUntil(() => !addresses().includes(a.id))).toBeLessThan(TTL + SLACK)
  await eventually(() => balancer.snapshot().endpoints.some(({ address }) => address === a.id)).toBe(false)
  const countOfGone = load.count(a)
  await a.kill()

  // One dies, and its record stays.
  const ejected: unknown[] = []
  balancer.on('ejected', ({ endpoint }) => ejected.push(endpoint.address))
  await b.kill()
  await eventually(() => ejected).toContain(b.id)
  const underWay = () => balancer.snapshot().endpoints.find(({ address }) => address === b.id)?.inFlight
  await eventually(underWay).toBe(0)
  const retries: unknown[] = []
  balancer.on('retry', ({ endpoint }) => retries.push(endpoint.address))
  await sleep(1_500)
  // A trial or two at most: that is all that a dead address costs.
  expect(retries.length).toBeLessThanOrEqual(2)

  // The name server dies.
  const before = load.calls
  await knot.kill()
  await eventually(() => balancer.snapshot().discovery.stale).toBe(true)
  expect(balancer.snapshot().discovery.error).toMatch(/users\.lb\.test \(asked 127\.0\.0\.1:\d+\)/)
  expect(addresses().sort()).toEqual([b, c, d].map(({ id }) => id))
  await eventually(() => load.calls).toBeGreaterThan(before + RATE)

  // It comes back, and so does the first server, of which nothing was asked meanwhile.
  expect(load.count(a)).toBe(countOfGone)
  await a.start()
  await knot.publish(...records(a, c))
  await knot.start()
  await eventually(() => addresses().sort().join()).toBe([a, c].map(({ id }) => id).join())
  expect(balancer.snapshot().discovery).toMatchObject({ stale: false, failures: 0 })
  await eventually(() => load.count(a)).toBeGreaterThan(countOfGone + 20)

  await load.end()
  expect(load.failures).toEqual([])
  expect(watched.leftovers()).toEqual(NOTHING)
})

test('records of services change, with ports, weights and priorities, at 500 calls a second: no call fails', {
  timeout: 40_000,
}, async () => {
  await using a = await serverAt('127.0.2.1')
  await using b = await serverAt('127.0.2.2')
  await using c = await serverAt('127.0.2.3')
  const targets = [a, b, c].map(({ id }, i) => `s${i} 1 IN A ${id}`)
  const srv = (...services: string[]) => services.map((service) => `_http._tcp.users 1 IN SRV ${service}`)
  await using knot = await knotServer(
    ...targets,
    ...srv(`10 30 ${a.port} s0`, `10 10 ${b.port} s1`, `20 1 ${c.port} s2`),
  )
  await using watched = discovered({
    discovery: dnsSrv('_http._tcp.users.lb.test', optionsFor(knot)),
    outlierDetection: { baseEjectionTime: 300 },
    circuitBreaker: { resetTimeout: 300 },
  })
  const { balancer } = watched
  const load = new Load(balancer)
  await eventually(() => load.count(a) > 50 && load.count(b) > 10).toBe(true)
  expect(load.count(c)).toBe(0)
  const endpoints = () =>
    balancer
      .endpoints()
      .map(({ id, priority, weight }) => `${id} ${priority} ${weight}`)
      .sort()
  const at = ({ id, port }: ServerProcess) => `http://users.lb.test@${id}:${port}`
  expect(endpoints()).toEqual([`${at(a)} 0 30`, `${at(b)} 0 10`, `${at(c)} 1 1`])

  // All of the first priority die: the second takes over, whatever the records say.
  await Promise.all([a.kill(), b.kill()])
  await eventually(() => load.count(c)).toBeGreaterThan(100)

  // One is back, at another priority, and one has left.
  await a.start()
  await knot.publish(...targets, ...srv(`5 7 ${a.port} s0`, `20 1 ${c.port} s2`))
  await eventually(() => endpoints().join()).toBe(`${at(a)} 0 7,${at(c)} 1 1`)
  const before = load.count(a)
  await eventually(() => load.count(a)).toBeGreaterThan(before + 100)

  await load.end()
  expect(load.failures).toEqual([])
  expect(watched.leftovers()).toEqual(NOTHING)
})

test('when all addresses have moved before their TTL is over, the name is looked up again at once', async () => {
  await using a = await serverAt('127.0.3.1')
  const { port } = a
  await using b = await serverAt('127.0.3.2', port)
  await using c = await serverAt('127.0.3.3', port)
  const records = (...servers: ServerProcess[]) => servers.map(({ id }) => `users 600 IN A ${id}`)
  await using knot = await knotServer(...records(a, b))
  await using watched = discovered({ discovery: dns(`http://users.lb.test:${port}`, optionsFor(knot)) })
  const { balancer } = watched
  const load = new Load(balancer)
  await eventually(() => load.count(a) > 50 && load.count(b) > 50).toBe(true)
  await knot.publish(...records(c))
  await Promise.all([a.kill(), b.kill()])
  expect(await timeUntil(() => load.count(c) > 0)).toBeLessThan(TTL + SLACK)
  await load.end()
})
