import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createBalancer, undiciTransport } from 'evenkeel/node'
import { describe, expect, it } from 'vitest'
import { eventually } from '../../integration/eventually.ts'
import { type HeldServer, heldServer } from '../../support/servers/held-server.ts'
import { LocalServer } from '../../support/servers/local-server.ts'

/** Longer than it takes to connect to this machine. */
const A_WHILE = 50

/** Has begun a body that does not end yet. */
async function halfOf(server: HeldServer, call: Promise<Response>) {
  const { response } = await server.next()
  response.write('half')
  const answer = await call
  return {
    async rest() {
      response.end(' and half')
      return answer.text()
    },
  }
}

describe('connections that are opened ahead', () => {
  it('are not, once the balancer is closed', async () => {
    await using server = await heldServer()
    const balancer = createBalancer({
      endpoints: [server.url],
      transport: undiciTransport({ prewarm: 2 }),
    })
    const ready = balancer.ready()
    await balancer.close()
    await Promise.allSettled([ready])
    await sleep(A_WHILE)
    expect(server.connections).toBe(0)
  })

  it('are not, to endpoints that left before it could be done', async () => {
    await using server = await heldServer()
    await using other = await heldServer()
    const transport = undiciTransport({ prewarm: 2 })
    await using balancer = createBalancer({ endpoints: [server.url], transport })
    const ready = balancer.ready()
    // The package is being loaded by then.
    await null
    await null
    balancer.setEndpoints([other.url])
    await ready
    await eventually(() => other.connections).toBe(2)
    expect(server.connections).toBe(0)
  })

  it('are no more than may be open', async () => {
    await using server = await heldServer()
    const transport = undiciTransport({ prewarm: 3, maxConnections: 2 })
    await using balancer = createBalancer({ endpoints: [server.url], transport })
    await balancer.ready()
    await eventually(() => server.connections).toBe(2)
    await sleep(A_WHILE)
    expect(server.connections).toBe(2)
  })

  it('are closed when nobody has needed them for as long as an idle one is kept', async () => {
    await using server = await heldServer()
    const transport = undiciTransport({ prewarm: 2, keepAliveTimeout: 500 })
    await using balancer = createBalancer({ endpoints: [server.url], transport })
    await balancer.ready()
    await eventually(() => server.connections).toBe(2)
    await eventually(() => server.connections).toBe(0)
  })

  it('in use are not closed for being idle', async () => {
    await using server = await heldServer()
    const transport = undiciTransport({ prewarm: 1, keepAliveTimeout: 100 })
    await using balancer = createBalancer({ endpoints: [server.url], transport, retry: false })
    await balancer.ready()
    const call = balancer.fetch('/')
    const { response, request } = await server.next()
    await sleep(150)
    expect(request.socket.destroyed).toBe(false)
    response.end('well')
    expect(await (await call).text()).toBe('well')
  })

  it('can be to an IPv6 address', async () => {
    const server = createServer((_request, response) => response.end('six'))
    let connected = 0
    server.on('connection', () => connected++)
    await once(server.listen(0, '::1'), 'listening')
    try {
      const { port } = server.address() as AddressInfo
      const transport = undiciTransport({ prewarm: 1 })
      await using balancer = createBalancer({ endpoints: [`http://[::1]:${port}`], transport })
      await balancer.ready()
      await eventually(() => connected).toBe(1)
      expect(await (await balancer.fetch('/')).text()).toBe('six')
      expect(connected).toBe(1)
    } finally {
      server.close()
    }
  })
})

describe('close() does not wait for a body that is being read', () => {
  it('from where a redirect led to', async () => {
    await using target = await heldServer()
    const leading = createServer((_request, response) => {
      response.writeHead(302, { location: target.url }).end()
    })
    await using server = await new LocalServer(leading).listen()
    const balancer = createBalancer({ endpoints: [server.url] })
    const half = await halfOf(target, balancer.fetch('/'))
    await balancer.close()
    await eventually(() => server.connections).toBe(0)
    expect(await half.rest()).toBe('half and half')
    await eventually(() => target.connections).toBe(0)
  })

  it('over a connection that is too old for anything else', async () => {
    await using server = await heldServer()
    const transport = undiciTransport({ maxConnectionAge: 10, maxConnectionAgeJitter: 0 })
    const balancer = createBalancer({ endpoints: [server.url], transport, completion: 'body' })
    const half = await halfOf(server, balancer.fetch('/'))
    await sleep(20)
    const other = balancer.fetch('/')
    ;(await server.next()).response.end('another')
    expect(await (await other).text()).toBe('another')
    await balancer.close()
    await eventually(() => server.connections).toBe(1)
    expect(await half.rest()).toBe('half and half')
    await eventually(() => server.connections).toBe(0)
  })
})
