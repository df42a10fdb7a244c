import { leastRequest } from 'evenkeel'
import { redisConnector, tcpCheck } from 'evenkeel/node'
import { Redis, type RedisOptions } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../../integration/eventually.ts'
import { watchedBalancer } from '../../integration/watched-balancer.ts'
import { certificate } from '../../support/servers/certificate.ts'
import { redisProcess } from '../../support/servers/redis-process.ts'
import { tcpServer, tlsServer } from '../../support/servers/tcp-server.ts'
import { SOON } from '../verdict.ts'
import { inFlightOf } from './balance.ts'

type Server = Awaited<ReturnType<typeof redisProcess>>

let a: Server
let b: Server

beforeAll(async () => {
  ;[a, b] = await Promise.all([redisProcess(), redisProcess()])
})
afterAll(() => Promise.all([a?.kill(), b?.kill()]))

const healthCheck = tcpCheck({ send: 'PING\r\n', expect: '+PONG', ...SOON, timeout: 500 })

/** Clients that are closed at the end, and what they were told of. */
function clients(count: number, options: RedisOptions & { replyMapping?: 'legacy' }) {
  const errors: unknown[] = []
  const all = Array.from({ length: count }, () => {
    const redis = new Redis({ retryStrategy: () => 20, maxRetriesPerRequest: null, ...options })
    return redis.on('error', (error) => errors.push(error))
  })
  return {
    all,
    errors,
    [Symbol.dispose]() {
      for (const redis of all) redis.disconnect()
    },
  }
}

/** The port of the server that a client is connected to, as the server says. */
async function portOf(redis: Redis): Promise<number> {
  const [, port] = (await redis.config('GET', 'port')) as [string, string]
  return Number(port)
}

const portsOf = async ({ all }: ReturnType<typeof clients>) => (await Promise.all(all.map(portOf))).sort()

function balance(options = {}) {
  return watchedBalancer({ endpoints: [a.url, b.url], policy: leastRequest(), ...options })
}

describe('redisConnector', () => {
  it('spreads the connections of clients, and counts them until they are closed', async () => {
    await using watched = balance()
    {
      using set = clients(8, { Connector: redisConnector(watched.balancer) })
      const half = (port: number) => Array(4).fill(port)
      expect(await portsOf(set)).toEqual([...half(a.port), ...half(b.port)].sort())
      expect(inFlightOf(watched)).toEqual([4, 4])
      await set.all[0]?.quit()
      await eventually(() => inFlightOf(watched).reduce((sum, count) => sum + count)).toBe(7)
      expect(set.errors).toEqual([])
    }
    await eventually(() => inFlightOf(watched)).toEqual([0, 0])
  })

  it('connects again to the other server when one of two is killed, and to both when it is back', async () => {
    await using watched = balance({ outlierDetection: { baseEjectionTime: 200, jitter: 0 } })
    using set = clients(8, { Connector: redisConnector(watched.balancer) })
    await portsOf(set)
    await b.kill()
    // Commands that were on their way wait for the new connection.
    expect(await portsOf(set)).toEqual(Array(8).fill(a.port))
    expect(inFlightOf(watched)).toEqual([8, 0])
    const [, dead] = watched.balancer.snapshot().endpoints
    // It was dialled no more than it took to find out.
    expect(dead?.state).toMatch(/ejected|circuit|trial/)
    expect(dead?.failures).toBeLessThanOrEqual(6)

    await b.start()
    const calls = () => watched.balancer.snapshot().endpoints[1]?.successes ?? 0
    const before = calls()
    await eventually(async () => {
      using one = clients(1, { Connector: redisConnector(watched.balancer) })
      await portsOf(one)
      return calls()
    }).toBeGreaterThan(before)
  })

  it('goes on when all were killed and one is back', async () => {
    await using watched = balance({
      outlierDetection: { baseEjectionTime: 100, jitter: 0 },
      circuitBreaker: { resetTimeout: 100 },
    })
    using set = clients(4, { Connector: redisConnector(watched.balancer) })
    await portsOf(set)
    await Promise.all([a.kill(), b.kill()])
    await eventually(() => set.errors.length).toBeGreaterThan(4)
    expect(set.errors).toContainEqual(expect.objectContaining({ name: 'BalancerError' }))
    const ports = portsOf(set)
    await a.start()
    expect(await ports).toEqual(Array(4).fill(a.port))
    await b.start()
  })

  it('leaves a server that is frozen, with checks, although it takes connections', async () => {
    await using watched = balance({ healthCheck })
    using set = clients(8, { Connector: redisConnector(watched.balancer, { closeUnhealthy: true }) })
    await portsOf(set)
    const start = performance.now()
    b.freeze()
    try {
      expect(await portsOf(set)).toEqual(Array(8).fill(a.port))
      expect(performance.now() - start).toBeLessThan(4_000)
      expect(inFlightOf(watched)).toEqual([8, 0])
    } finally {
      b.thaw()
    }
  })

  it('keeps to the time that clients give it', async () => {
    await using silent = await tcpServer((socket) => socket.resume())
    await using watched = watchedBalancer({ endpoints: [`redis://${silent.host}`] })
    const Connector = redisConnector(watched.balancer)
    using set = clients(1, { Connector, tls: {}, connectTimeout: 50, retryStrategy: () => null })
    await eventually(() => set.errors).toMatchObject([{ code: 'ERR_DEADLINE_EXCEEDED' }])
    await eventually(() => silent.connections).toBe(0)
  })

  it('is given up by a client that disconnects', async () => {
    await using silent = await tcpServer((socket) => socket.resume())
    await using watched = watchedBalancer({ endpoints: [`redis://${silent.host}`] })
    const Connector = redisConnector(watched.balancer, { tls: true })
    using set = clients(1, { Connector })
    await eventually(() => silent.connections).toBe(1)
    set.all[0]?.disconnect()
    await eventually(() => silent.connections).toBe(0)
    await eventually(() => set.all[0]?.status).toBe('end')
    expect(set.errors).toEqual([])
  })

  it('is given up by a client that disconnects in the instant in which it is connected', async () => {
    await using server = await tcpServer((socket) => socket.resume())
    await using watched = watchedBalancer({ endpoints: [`redis://${server.host}`] })
    const { balancer } = watched
    const { execute } = balancer
    balancer.execute = (async (...given: Parameters<typeof execute>) => {
      const socket = await execute.apply(balancer, given)
      set.all[0]?.disconnect()
      return socket
    }) as typeof execute
    const Connector = redisConnector(balancer)
    using set = clients(1, { Connector })
    await eventually(() => set.all[0]?.status).toBe('end')
    await eventually(() => server.connections).toBe(0)
    expect(set.errors).toEqual([])
  })

  it('destroys a connection that is not closed when the client has disconnected', async () => {
    await using deaf = await tcpServer((socket) => socket.on('end', () => {}).resume())
    await using watched = watchedBalancer({ endpoints: [`redis://${deaf.host}`] })
    const Connector = redisConnector(watched.balancer)
    using set = clients(1, { Connector, disconnectTimeout: 20, enableReadyCheck: false })
    await eventually(() => inFlightOf(watched)).toEqual([1])
    set.all[0]?.disconnect()
    await eventually(() => inFlightOf(watched)).toEqual([0])
  })

  it.each([
    ['its own', { tls: { ca: certificate.cert } }, {}],
    ['that of the client', {}, { tls: { ca: certificate.cert } }],
  ])('speaks TLS with %s options', async (_, own, client) => {
    await using server = await tlsServer((socket) => socket.on('data', () => socket.write('+PONG\r\n')))
    await using watched = watchedBalancer({ endpoints: [`redis://${server.host}`] })
    const Connector = redisConnector(watched.balancer, own)
    using set = clients(1, { Connector, enableReadyCheck: false, disableClientInfo: true, ...client })
    expect(await set.all[0]?.ping()).toBe('PONG')
  })

  it('names mistakes at once', async () => {
    await using watched = balance()
    expect(() => redisConnector(watched.balancer, { hostname: 'x' } as never)).toThrow(
      /`redisConnector\.hostname`: there is no such option/,
    )
    expect(() => redisConnector('redis' as never)).toThrow(/`redisConnector\.balancer`: got "redis"/)
  })
})
