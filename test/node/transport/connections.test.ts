import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { httpCheck, roundRobin } from 'evenkeel'
import { createBalancer, undiciTransport } from 'evenkeel/node'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../../integration/eventually.ts'
import { heldServer } from '../../support/servers/held-server.ts'
import { LocalServer } from '../../support/servers/local-server.ts'
import { refusingEndpoint } from '../../support/servers/refusing-endpoint.ts'

/** Says what it was asked, and counts the connections that were ever made to it. */
class EchoServer extends LocalServer {
  connected = 0

  constructor() {
    const server = createServer((request, response) => {
      this.hits++
      const { method, url, headers } = request
      response.end(JSON.stringify({ method, url, host: headers.host, port: request.socket.localPort }))
    })
    // None of ours is closed by them.
    server.keepAliveTimeout = 60_000
    super(server)
    server.on('connection', () => this.connected++)
  }
}

const echoServer = () => new EchoServer().listen()

const closing: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const balancer of closing.splice(0)) await balancer.close()
})

function balancerOf(options: Parameters<typeof createBalancer>[0]) {
  const balancer = createBalancer({ name: 'users', policy: roundRobin(), ...options })
  closing.push(balancer)
  return balancer
}

const saysOf = async (response: Response | Promise<Response>) =>
  (await (await response).json()) as { url: string; host: string; port: number }

describe('undiciTransport', () => {
  it('connects to the address, and calls the server by its URL', async () => {
    await using a = await echoServer()
    await using b = await echoServer()
    const url = 'http://users.internal/base'
    const balancer = balancerOf({
      endpoints: [a, b].map(({ port }) => ({ url, address: '127.0.0.1', port })),
    })
    const answers = [await saysOf(balancer.fetch('/me?x=1')), await saysOf(balancer.fetch('/me?x=1'))]
    expect(answers.map(({ port }) => port).sort()).toEqual([a.port, b.port].sort())
    for (const answer of answers)
      expect(answer).toMatchObject({ url: '/base/me?x=1', host: 'users.internal' })
    const response = await balancer.fetch('/me')
    expect(response.url).toBe('http://users.internal/base/me')
    await response.text()
  })

  it('takes another port of the same server at the same address', async () => {
    await using main = await echoServer()
    await using admin = await echoServer()
    const balancer = balancerOf({
      endpoints: [{ url: `http://users.internal:81`, address: '127.0.0.1', port: main.port }],
      healthCheck: httpCheck({
        path: '/healthz',
        port: admin.port,
        interval: 20,
        idleInterval: 20,
        jitter: 0,
      }),
    })
    await balancer.ready()
    await eventually(() => admin.hits).toBeGreaterThan(1)
    expect(balancer.snapshot().endpoints[0]?.check).toMatchObject({ healthy: true })
    expect(await saysOf(balancer.fetch('/'))).toMatchObject({ host: 'users.internal:81', port: main.port })
    expect(admin.connected).toBeLessThanOrEqual(2)
  })

  it('connects to sockets of Unix', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evenkeel-'))
    const path = join(folder, 'users.sock')
    const server = createServer((request, response) => response.end(request.headers.host))
    await new Promise<void>((resolve) => server.listen(path, resolve))
    try {
      const balancer = balancerOf({ endpoints: [{ url: 'http://users.internal', address: `unix:${path}` }] })
      expect(await (await balancer.fetch('/')).text()).toBe('users.internal')
    } finally {
      await closing.pop()?.close()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    }
  })

  it('opens nothing before it is needed, keeps what it opened, and leaves nothing behind', async () => {
    await using server = await echoServer()
    await using unused = await echoServer()
    const balancer = balancerOf({ endpoints: [server.url, { url: unused.url, priority: 1 }] })
    await balancer.ready()
    expect(server.connected).toBe(0)
    for (let i = 0; i < 10; i++) await saysOf(balancer.fetch('/'))
    // The second one is undici's: it takes a connection to be in use for a moment longer than it is, with `fetch` too.
    expect(server.connected).toBeLessThanOrEqual(2)
    expect(unused.connected).toBe(0)
    await balancer.close()
    await eventually(() => server.connections).toBe(0)
  })

  it('has connections opened ahead when that is asked for', async () => {
    await using a = await echoServer()
    await using b = await echoServer()
    const transport = undiciTransport({ prewarm: 2 })
    const balancer = balancerOf({ endpoints: [a.url], transport })
    expect(a.connected).toBe(0)
    await balancer.ready()
    await eventually(() => a.connected).toBe(2)
    // Those are used, and no others.
    await Promise.all([saysOf(balancer.fetch('/')), saysOf(balancer.fetch('/'))])
    expect(a.connected).toBe(2)
    balancer.setEndpoints([a.url, b.url])
    await eventually(() => b.connected).toBe(2)
    await balancer.close()
    await eventually(() => a.connections + b.connections).toBe(0)
  })

  it('opens them with the first call as well, and does without those that cannot be', async () => {
    await using a = await echoServer()
    await using refusing = await refusingEndpoint()
    const transport = undiciTransport({ prewarm: 1 })
    const balancer = balancerOf({ endpoints: [a.url, refusing.url], transport })
    for (let i = 0; i < 4; i++) await saysOf(balancer.fetch('/'))
    expect(a.hits).toBe(4)
    await balancer.ready()
  })

  it('does not use one that the server closed meanwhile', async () => {
    await using server = await heldServer()
    const transport = undiciTransport({ prewarm: 1 })
    const balancer = balancerOf({ endpoints: [server.url], transport, retry: false })
    await balancer.ready()
    await eventually(() => server.connections).toBe(1)
    server.hangUp()
    await eventually(() => server.connections).toBe(0)
    const call = balancer.fetch('/', { method: 'POST', body: 'x' })
    const { response } = await server.next()
    response.end('well')
    expect(await (await call).text()).toBe('well')
  })

  it('opens no more connections to an endpoint than it may', async () => {
    await using server = await echoServer()
    const balancer = balancerOf({
      endpoints: [server.url],
      transport: undiciTransport({ maxConnections: 2 }),
    })
    await Promise.all(Array.from({ length: 20 }, () => saysOf(balancer.fetch('/'))))
    expect(server.hits).toBe(20)
    expect(server.connected).toBe(2)
  })

  it('lets go of connections that are old', async () => {
    await using server = await echoServer()
    const transport = undiciTransport({ maxConnectionAge: 30, maxConnectionAgeJitter: 0.5 })
    const balancer = balancerOf({ endpoints: [server.url], transport })
    await expect
      .poll(
        async () => {
          await saysOf(balancer.fetch('/'))
          return server.connected
        },
        { timeout: 8_000, interval: 5 },
      )
      .toBeGreaterThan(2)
    await eventually(() => server.connections).toBeLessThanOrEqual(1)
  })

  it('closes the connections of endpoints that left: idle ones at once, those in use when they have been', async () => {
    await using idle = await echoServer()
    await using busy = await heldServer()
    await using stays = await echoServer()
    const balancer = balancerOf({ endpoints: [idle.url, busy.url, stays.url] })
    const calls = [0, 1, 2].map(() => balancer.fetch('/'))
    const held = await busy.next()
    held.response.write('the first half, ')
    const bodies = (await Promise.all(calls)).map((response) => response.text())
    await eventually(() => idle.hits + stays.hits).toBe(2)
    balancer.setEndpoints([stays.url])
    await eventually(() => idle.connections).toBe(0)
    expect(busy.connections).toBe(1)
    held.response.end('and the second')
    expect(await Promise.all(bodies)).toContain('the first half, and the second')
    await eventually(() => busy.connections).toBe(0)
    expect(stays.connections).toBe(1)
  })
})
