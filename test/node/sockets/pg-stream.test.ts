import { type BalancerOptions, leastRequest } from 'evenkeel'
import { pgStream, type SocketOptions, tcpCheck } from 'evenkeel/node'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../../integration/eventually.ts'
import { rejection } from '../../integration/rejection.ts'
import { watchedBalancer } from '../../integration/watched-balancer.ts'
import { certificate } from '../../support/servers/certificate.ts'
import { postgresProcess } from '../../support/servers/postgres-process.ts'
import { type OnConnection, tcpServer } from '../../support/servers/tcp-server.ts'
import { SOON } from '../verdict.ts'
import { inFlightOf } from './balance.ts'

type Server = Awaited<ReturnType<typeof postgresProcess>>

let a: Server
let b: Server
let secure: Server

beforeAll(async () => {
  ;[a, b, secure] = await Promise.all([postgresProcess(), postgresProcess(), postgresProcess({ ssl: true })])
})
afterAll(() => Promise.all([a, b, secure].map((server) => server?.[Symbol.asyncDispose]())))

const ca = certificate.cert
const who = { user: 'app', database: 'postgres' }
const PORT = 'select inet_server_port() as port'

function balance(options: BalancerOptions = {}) {
  const endpoints = [a, b].map(({ port }) => `postgres://127.0.0.1:${port}`)
  return watchedBalancer({ endpoints, policy: leastRequest(), ...options })
}

/** A pool that is closed at the end, and the errors of its idle clients. */
function poolOf(
  { balancer }: ReturnType<typeof watchedBalancer>,
  options: SocketOptions = {},
  config: pg.PoolConfig = {},
) {
  const pool = new pg.Pool({ ...who, max: 6, stream: pgStream(balancer, options), ...config })
  const errors: Error[] = []
  pool.on('error', (error) => errors.push(error))
  return {
    ...{ pool, errors },
    /** The ports of the servers that all of its clients are connected to. */
    async ports(): Promise<number[]> {
      const clients = await Promise.all(Array.from({ length: 6 }, () => pool.connect()))
      const answers = await Promise.all(clients.map((client) => client.query(PORT)))
      for (const client of clients) client.release()
      return answers.map(({ rows }) => rows[0].port).sort()
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

const half = ({ port }: Server) => [port, port, port]

describe('pgStream', () => {
  it('spreads the clients of a pool, and counts them until they are closed', async () => {
    await using watched = balance()
    {
      await using set = poolOf(watched)
      expect(await set.ports()).toEqual([...half(a), ...half(b)].sort())
      expect(inFlightOf(watched)).toEqual([3, 3])
      const { rows } = await set.pool.query("select repeat('x', 20000000) as text")
      expect(rows[0].text).toHaveLength(20_000_000)
    }
    await eventually(() => inFlightOf(watched)).toEqual([0, 0])
  })

  it('connects to the other server when one of two is killed, and to both when it is back', async () => {
    await using watched = balance({ outlierDetection: { baseEjectionTime: 200, jitter: 0 } })
    await using set = poolOf(watched)
    await set.ports()
    await b.kill()
    // Those that were connected to it are told, and leave the pool.
    await eventually(() => set.errors.length).toBe(3)
    expect(await set.ports()).toEqual([...half(a), ...half(a)])
    expect(inFlightOf(watched)).toEqual([6, 0])
    expect(watched.balancer.snapshot().endpoints[1]?.failures).toBeLessThanOrEqual(5)

    await b.start()
    const successes = () => watched.balancer.snapshot().endpoints[1]?.successes ?? 0
    const before = successes()
    await eventually(async () => {
      await using other = poolOf(watched)
      await other.pool.query(PORT)
      return successes()
    }).toBeGreaterThan(before)
  })

  it('leaves a server that is frozen, with checks, although it takes connections', async () => {
    // A server that is there says that it speaks no TLS.
    const send = Uint8Array.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f)
    const healthCheck = tcpCheck({ send, expect: 'N', ...SOON, timeout: 500 })
    await using watched = balance({ healthCheck })
    b.freeze()
    try {
      await watched.balancer.ready()
      await eventually(() => watched.balancer.snapshot().endpoints[1]?.state).toBe('unhealthy')
      await using set = poolOf(watched)
      expect(await set.ports()).toEqual([...half(a), ...half(a)])
    } finally {
      b.thaw()
    }
  })

  it('fails with all that was tried', async () => {
    await using watched = watchedBalancer({ endpoints: ['postgres://127.0.0.1:1'] })
    await using set = poolOf(watched)
    expect(await rejection(set.pool.query(PORT))).toMatchObject({
      code: 'ERR_ATTEMPT_FAILED',
      attempts: expect.arrayContaining([expect.objectContaining({ kind: 'unreachable' })]),
    })
  })

  it('is given up after the time that a client has', async () => {
    await using silent = await tcpServer((socket) => socket.resume())
    await using watched = watchedBalancer({ endpoints: [`postgres://${silent.host}`] })
    await using set = poolOf(watched, { tls: true }, { connectionTimeoutMillis: 50 })
    expect(await rejection(set.pool.query(PORT))).toMatchObject({ message: /timeout/ })
    await eventually(() => silent.connections).toBe(0)
    expect(inFlightOf(watched)).toEqual([0])
  })

  it("connects to the client's port where an endpoint has none", async () => {
    await using watched = watchedBalancer({ endpoints: ['postgres://127.0.0.1'] })
    await using set = poolOf(watched, {}, { port: a.port })
    expect((await set.pool.query(PORT)).rows).toEqual([{ port: a.port }])
    await using other = poolOf(watched, { defaultPort: b.port }, { port: a.port })
    expect((await other.pool.query(PORT)).rows).toEqual([{ port: b.port }])
  })

  it('names mistakes at once', async () => {
    await using watched = balance()
    expect(() => pgStream(watched.balancer, { ssl: true } as never)).toThrow(
      /`pgStream\.ssl`: there is no such/,
    )
    expect(() => pgStream(undefined as never)).toThrow(/`pgStream\.balancer`: got undefined/)
  })
})

describe('pgStream and TLS', () => {
  const SECURE = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()'

  async function query(name: string, options: SocketOptions, config: pg.PoolConfig = {}) {
    const endpoints = [{ url: `postgres://${name}`, address: '127.0.0.1', port: secure.port }]
    await using watched = watchedBalancer({ endpoints, retry: false })
    await using set = poolOf(watched, options, config)
    return (await set.pool.query(SECURE)).rows
  }

  it('checks certificates by the name of the endpoint', async () => {
    expect(await query('checked.test', { tls: { ca } })).toEqual([{ ssl: true }])
    const error = await rejection(query('other.test', { tls: { ca } }))
    expect(error).toMatchObject({ cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } })
  })

  it("leaves TLS to pg, which goes by the client's own host", async () => {
    expect(await query('db.internal', {}, { ssl: { ca }, host: 'checked.test' })).toEqual([{ ssl: true }])
    const error = await rejection(query('db.internal', {}, { ssl: { ca }, host: 'other.test' }))
    expect(error).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  })

  it('goes to another endpoint if one does not speak it', async () => {
    const endpoints = [
      { url: `postgres://127.0.0.1:${a.port}`, priority: 0 },
      { url: `postgres://127.0.0.1:${secure.port}`, priority: 1 },
    ]
    await using watched = watchedBalancer({ endpoints })
    await using set = poolOf(watched, { tls: { ca } })
    expect((await set.pool.query(SECURE)).rows).toEqual([{ ssl: true }])
  })

  it.each<[string, OnConnection, RegExp]>([
    ['that it does not', (socket) => socket.once('data', () => socket.write('N')), /does not speak TLS/],
    ['something else', (socket) => socket.once('data', () => socket.write('E')), /did not say whether/],
    ['more than it may', (socket) => socket.once('data', () => socket.write('SR')), /did not say whether/],
    [
      'nothing',
      (socket) => socket.once('data', () => socket.end()),
      /closed the connection when it was asked/,
    ],
    [
      'what is not TLS',
      (socket) =>
        socket.once(
          'data',
          () =>
            socket.write('S').toString() &&
            socket.on('data', () => socket.write('hello there, this is not TLS')),
        ),
      /SSL|wrong version|packet/,
    ],
  ])('fails if the server says %s', async (_, server, message) => {
    await using there = await tcpServer(server)
    await using watched = watchedBalancer({ endpoints: [`postgres://${there.host}`], retry: false })
    await using set = poolOf(watched, { tls: { ca } })
    expect(await rejection(set.pool.query(SECURE))).toMatchObject({ message: expect.stringMatching(message) })
    await eventually(() => there.connections).toBe(0)
  })
})
