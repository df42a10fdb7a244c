import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AttemptRecord, BalancerError, type EndpointOptions, roundRobin } from 'evenkeel'
import { createBalancer, type UndiciTransportOptions, undiciTransport } from 'evenkeel/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../../integration/eventually.ts'
import { rejection } from '../../integration/rejection.ts'
import { type Authority, authority, type Identity } from '../../support/servers/authority.ts'
import { LocalServer } from '../../support/servers/local-server.ts'
import { type NamedServer, namedServer, type Told } from '../../support/servers/named-server.ts'

const POST = { method: 'POST', body: 'once' }
const YESTERDAY = Date.now() - 24 * 3_600_000

let ca: Authority
let users: Identity
let orders: Identity
let expired: Identity
let client: Identity

beforeAll(async () => {
  ca = await authority()
  users = await ca.issue(['DNS:users.internal'])
  orders = await ca.issue(['DNS:orders.internal'])
  expired = await ca.issue(['DNS:users.internal'], YESTERDAY)
  client = await ca.issue(['DNS:caller.internal'])
})

afterAll(() => ca[Symbol.asyncDispose]())

/** Where a server is, and the name that it has to have. */
const at = ({ port }: { readonly port: number }, more: Partial<EndpointOptions> = {}): EndpointOptions => ({
  url: 'https://users.internal',
  address: '127.0.0.1',
  port,
  ...more,
})

const over = (endpoints: readonly EndpointOptions[], options: UndiciTransportOptions = {}, retry = {}) =>
  createBalancer({
    endpoints,
    retry,
    transport: undiciTransport({ ...options, tls: { ca: ca.cert, ...options.tls } }),
  })

const told = async (call: Promise<Response>) => (await (await call).json()) as Told

/** A bad server that is tried first, and a good one behind it. */
const inTurn = (bad: NamedServer, good: NamedServer) => [at(bad), at(good, { priority: 1 })]

function redirectsTo(location: string, identity: Identity): Promise<LocalServer> {
  const server = createServer(identity, (_, response) => response.writeHead(307, { location }).end())
  return new LocalServer(server).listen()
}

/** What each attempt of a failed call came to. */
function attemptsOf(error: unknown): unknown {
  expect(error).toBeInstanceOf(BalancerError)
  return (error as BalancerError).attempts.map(({ kind, progress, error }: AttemptRecord) => ({
    kind,
    progress,
    code: ((error as Error).cause as { code?: string } | undefined)?.code,
  }))
}

describe('the name of a server', () => {
  it('is that of the URL: in its certificate, the handshake and Host', async () => {
    await using server = await namedServer(users)
    await using balancer = over([at(server)])
    const response = await balancer.fetch('/me?x=1')
    expect(response.url).toBe('https://users.internal/me?x=1')
    expect(await response.json()).toMatchObject({
      path: '/me?x=1',
      host: 'users.internal',
      sni: 'users.internal',
    })
  })

  it.each([
    ['another name', () => orders, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['a certificate that has expired', () => expired, 'CERT_HAS_EXPIRED'],
  ])(
    'is refused with %s: nothing was sent, and a POST goes on to the next endpoint',
    async (_, identity, code) => {
      await using wrong = await namedServer(identity())
      await using right = await namedServer(users)
      await using balancer = over(inTurn(wrong, right))
      const seen: unknown[] = []
      balancer.on('attempt', ({ kind, progress }) => seen.push([kind, progress]))
      expect(await told(balancer.fetch('/', POST))).toMatchObject({ body: 'once', method: 'POST' })
      expect(seen).toEqual([
        ['unreachable', 'unsent'],
        ['success', 'answered'],
      ])
      expect([wrong.hits, right.hits]).toEqual([0, 1])
      await using alone = over([at(wrong)], {}, { attempts: 1 })
      expect(attemptsOf(await rejection(alone.fetch('/', POST)))).toMatchObject([
        { kind: 'unreachable', progress: 'unsent', code },
      ])
    },
  )

  it('is not that of the address', async () => {
    await using server = await namedServer(await ca.issue(['IP:127.0.0.1']))
    await using balancer = over([at(server)], {}, { attempts: 1 })
    expect(attemptsOf(await rejection(balancer.fetch('/')))).toMatchObject([
      { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    ])
  })

  it('may be an IP address, other than where it is dialled', async () => {
    await using server = await namedServer(await ca.issue(['IP:10.0.0.7']))
    await using other = await namedServer(await ca.issue(['IP:127.0.0.1']))
    await using balancer = over([at(server, { url: 'https://10.0.0.7' })])
    expect(await told(balancer.fetch('/'))).toMatchObject({ host: '10.0.0.7', sni: false })
    await using wrong = over([at(other, { url: 'https://10.0.0.7' })], {}, { attempts: 1 })
    expect(attemptsOf(await rejection(wrong.fetch('/')))).toMatchObject([
      { kind: 'unreachable', progress: 'unsent', code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    ])
  })

  it('may be said to be another one', async () => {
    await using server = await namedServer(orders)
    await using balancer = over([at(server)], { tls: { servername: 'orders.internal' } })
    expect(await told(balancer.fetch('/'))).toMatchObject({ host: 'users.internal', sni: 'orders.internal' })
  })

  it('is checked behind a redirect to another port of it, which is at the same address', async () => {
    await using target = await namedServer(users)
    await using impostor = await namedServer(orders)
    for (const { port, outcome } of [
      { port: target.port, outcome: { path: '/there', host: `users.internal:${target.port}` } },
      { port: impostor.port, outcome: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } },
    ]) {
      await using server = await redirectsTo(`https://users.internal:${port}/there`, users)
      await using balancer = over([at(server)], {}, { attempts: 1 })
      const result = await told(balancer.fetch('/')).catch(
        (error: BalancerError) => (error.cause as Error).cause,
      )
      expect(result).toMatchObject(outcome)
    }
  })

  it('is its own again behind a redirect to another server', async () => {
    await using target = await namedServer(await ca.issue(['DNS:localhost']))
    await using server = await redirectsTo(`https://localhost:${target.port}/there`, orders)
    await using balancer = over([at(server)], { tls: { servername: 'orders.internal' } })
    expect(await told(balancer.fetch('/'))).toMatchObject({ path: '/there', sni: 'localhost' })
  })
})

describe('authorities', () => {
  it('are those that Node knows, unless it is told others', async () => {
    await using server = await namedServer(users)
    await using balancer = createBalancer({ endpoints: [at(server)], retry: { attempts: 1 } })
    expect(attemptsOf(await rejection(balancer.fetch('/', POST)))).toMatchObject([
      { kind: 'unreachable', progress: 'unsent', code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
    ])
    expect(server.hits).toBe(0)
  })

  it('do not vouch for what others signed', async () => {
    await using others = await authority()
    await using server = await namedServer(await others.issue(['DNS:users.internal']))
    await using balancer = over([at(server)], {}, { attempts: 1 })
    expect(attemptsOf(await rejection(balancer.fetch('/')))).toMatchObject([{ progress: 'unsent' }])
    await using both = over([at(server)], { tls: { ca: [ca.cert, others.cert] } })
    expect(await told(both.fetch('/'))).toMatchObject({ host: 'users.internal' })
  })

  it('are asked by nobody who does not want to', async () => {
    await using server = await namedServer(orders)
    await using balancer = createBalancer({
      endpoints: [at(server)],
      transport: undiciTransport({ tls: { rejectUnauthorized: false } }),
    })
    expect(await told(balancer.fetch('/'))).toMatchObject({ sni: 'users.internal' })
  })
})

describe('certificates of clients', () => {
  const demanding = (more = {}) => namedServer({ ...users, ca: ca.cert, requestCert: true, ...more })

  it('are shown to who asks for them', async () => {
    await using server = await demanding()
    await using balancer = over([at(server)], { tls: client })
    expect(await told(balancer.fetch('/', POST))).toMatchObject({ client: expect.any(String), body: 'once' })
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('that are missing make the call fail: %s', async (version) => {
    await using server = await demanding({ minVersion: version, maxVersion: version })
    await using balancer = over([at(server)], {}, { attempts: 1 })
    const [attempt] = attemptsOf(await rejection(balancer.fetch('/', POST))) as [object]
    // With 1.3 a client is done before the server has looked at its certificate, so that it may have sent something.
    expect(attempt).toMatchObject(
      version === 'TLSv1.2'
        ? { kind: 'unreachable', progress: 'unsent' }
        : { kind: 'broken', progress: 'sent' },
    )
    expect(server.hits).toBe(0)
  })
})

describe('HTTP/2', () => {
  it('is spoken where it is offered, by all calls over one connection', async () => {
    await using server = await namedServer(users)
    await using balancer = over([at(server)])
    await told(balancer.fetch('/'))
    const before = server.connections
    await Promise.all(Array.from({ length: 20 }, () => told(balancer.fetch('/', POST))))
    expect(new Set(server.told.map(({ protocol }) => protocol))).toEqual(new Set(['HTTP/2.0']))
    expect(server.told.filter(({ body, host }) => body === 'once' && host === 'users.internal')).toHaveLength(
      20,
    )
    expect(server.connections).toBe(before)
  })

  it.each([
    ['where it is not offered', { http2: false }, {}],
    ['where it is not wanted', {}, { http2: false }],
  ])('is not spoken %s', async (_, server, options) => {
    await using there = await namedServer({ ...users, ...server })
    await using balancer = over([at(there)], options)
    expect(await told(balancer.fetch('/'))).toMatchObject({ protocol: 'HTTP/1.1', host: 'users.internal' })
  })
})

describe('sessions', () => {
  it('are taken up again with the endpoint that they are from, and no other of the same name', async () => {
    // A server would take up a session of any that has the same keys.
    const ticketKeys = Buffer.alloc(48, 7)
    await using a = await namedServer({ ...users, ticketKeys })
    await using b = await namedServer({ ...users, ticketKeys })
    await using balancer = createBalancer({
      endpoints: [at(a), at(b)],
      policy: roundRobin(),
      transport: undiciTransport({ tls: { ca: ca.cert }, http2: false }),
    })
    const seen = () => [a, b].map(({ told }) => told.map(({ resumed }) => resumed))
    for (let i = 0; i < 2; i++) await told(balancer.fetch('/'))
    expect(seen()).toEqual([[false], [false]])
    for (const server of [a, b]) server.hangUp()
    await eventually(() => a.connections + b.connections).toBe(0)
    for (let i = 0; i < 2; i++) await told(balancer.fetch('/'))
    expect(seen()).toEqual([
      [false, true],
      [false, true],
    ])
  })
})

describe('a certificate that expires', () => {
  it('takes its endpoint out, until it is renewed', async () => {
    await using old = await namedServer(users)
    await using other = await namedServer(users)
    await using balancer = createBalancer({
      endpoints: inTurn(old, other),
      outlierDetection: { baseEjectionTime: 20, maxEjectionTime: 20 },
      circuitBreaker: false,
      transport: undiciTransport({ tls: { ca: ca.cert } }),
    })
    await told(balancer.fetch('/', POST))
    expect(old.hits).toBe(1)
    old.renew(expired)
    old.hangUp()
    await eventually(() => old.connections).toBe(0)
    for (let i = 0; i < 6; i++) await told(balancer.fetch('/', POST))
    expect([old.hits, other.hits]).toEqual([1, 6])
    old.renew(users)
    await expect
      .poll(
        async () => {
          await told(balancer.fetch('/'))
          return old.hits
        },
        { timeout: 8_000, interval: 5 },
      )
      .toBeGreaterThan(3)
  })
})

describe('sockets of Unix', () => {
  it('speak TLS as well, and are called by the URL', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evenkeel-tls-'))
    const path = join(folder, 'users.sock')
    await using server = createServer(users, (request, response) => {
      const { servername } = request.socket as unknown as { servername: string }
      response.end(`${request.headers.host} ${servername}`)
    })
    await new Promise<void>((resolve) => server.listen(path, resolve))
    const endpoint = { url: 'https://users.internal', address: `unix:${path}` }
    try {
      await using balancer = over([endpoint])
      expect(await (await balancer.fetch('/')).text()).toBe('users.internal users.internal')
      await using wrong = over([{ ...endpoint, url: 'https://orders.internal' }], {}, { attempts: 1 })
      expect(attemptsOf(await rejection(wrong.fetch('/', POST)))).toMatchObject([
        { progress: 'unsent', code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
      ])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('that are not there are told from those that are', async () => {
    await using server = await namedServer(users)
    await using balancer = over([
      { url: 'https://users.internal', address: 'unix:/nowhere/users.sock' },
      at(server, { priority: 1 }),
    ])
    expect(await told(balancer.fetch('/', POST))).toMatchObject({ body: 'once' })
  })
})
