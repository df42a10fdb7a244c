import { mkdtemp, rm } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Server, ServerCredentials, status } from '@grpc/grpc-js'
import { type GrpcCheckOptions, grpcCheck } from 'evenkeel/node'
import { HealthImplementation } from 'grpc-health-check'
import { describe, expect, it, vi } from 'vitest'
import { eventually } from '../integration/eventually.ts'
import { watchedBalancer } from '../integration/watched-balancer.ts'
import { blackHoleServer } from '../support/servers/black-hole-server.ts'
import { certificate } from '../support/servers/certificate.ts'
import { type Answer, fails, grpcServer, strangeGrpcServer } from '../support/servers/grpc-server.ts'
import { normalServer } from '../support/servers/normal-server.ts'
import { refusingEndpoint } from '../support/servers/refusing-endpoint.ts'
import { serverProcess } from '../support/servers/server-process.ts'
import { greets, tcpServer } from '../support/servers/tcp-server.ts'
import { checkOf, ONCE, SOON, verdictOn, WELL } from './verdict.ts'

const hasIPv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
)

const PATIENT = { ...ONCE, timeout: 8_000 } as const

const says = (error: RegExp) => ({ healthy: false, error: expect.stringMatching(error) })

/** A server of gRPC that binds its own address. */
async function bound(address: string) {
  const server = new Server()
  new HealthImplementation({ '': 'SERVING' }).addToServer(server)
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, to) =>
      error === null ? resolve(to) : reject(error),
    )
  })
  return { port, [Symbol.dispose]: () => server.forceShutdown() }
}

describe('grpcCheck', () => {
  it.each<[string, GrpcCheckOptions, unknown]>([
    ['SERVING for health', { service: 'shop.Carts' }, WELL],
    ['NOT_SERVING for illness', {}, says(/^Error: it says NOT_SERVING$/)],
    ['UNKNOWN for illness', { service: 'shop.Orders' }, says(/^Error: it says UNKNOWN$/)],
    [
      'a service that is not known for illness',
      { service: 'shop.Mail' },
      says(/knows no service "shop\.Mail"/),
    ],
    ['a name of any length', { service: `${'long.'.repeat(60)}ünïcode` }, WELL],
  ])('takes %s', async (_, options, verdict) => {
    await using server = await grpcServer({
      '': 'NOT_SERVING',
      'shop.Carts': 'SERVING',
      'shop.Orders': 'UNKNOWN',
      [`${'long.'.repeat(60)}ünïcode`]: 'SERVING',
    })
    expect(await verdictOn(`grpc://${server.host}`, grpcCheck({ ...PATIENT, ...options }))).toEqual(verdict)
  })

  it.each<[string, Answer | undefined, RegExp]>([
    [
      'SERVICE_UNKNOWN',
      (_, done) => done(null, { status: 'SERVICE_UNKNOWN' }),
      /knows nothing of the server as a whole/,
    ],
    ['no health service', undefined, /^Error: it has no health service, grpc\.health\.v1\.Health: add that/],
    [
      'a refusal',
      fails(status.PERMISSION_DENIED, 'who are you?'),
      /^Error: 7 PERMISSION_DENIED: who are you\?$/,
    ],
    [
      'an error of its own',
      () => {
        throw new Error('oh')
      },
      /^Error: 2 UNKNOWN: /,
    ],
  ])('says what is wrong with a server with %s', async (_, answer, error) => {
    await using server = await strangeGrpcServer(answer)
    expect(await verdictOn(`grpc://${server.host}`, grpcCheck(PATIENT))).toEqual(says(error))
  })

  it('says so of a server that is none of gRPC', async () => {
    await using web = await normalServer()
    expect(await verdictOn(web.url, grpcCheck(PATIENT))).toEqual(says(/^Error: 14 UNAVAILABLE/))
    await using mail = await tcpServer(greets('220 hello\r\n'))
    expect(await verdictOn(mail.url, grpcCheck(PATIENT))).toEqual(says(/^Error: 14 UNAVAILABLE/))
  })

  it('says so at once of a server that is not there', async () => {
    await using dead = await refusingEndpoint()
    const { healthy, error } = await verdictOn(`grpc://${dead.host}`, grpcCheck(PATIENT))
    expect([healthy, error]).toEqual([false, expect.stringMatching(/^Error: 14 UNAVAILABLE: .*connect E/)])
    expect((await verdictOn('grpc://127.0.0.1', grpcCheck(PATIENT))).error).toMatch(/give grpcCheck one$/)
  })

  it('asks by name, on another port, at addresses of IPv6, and at sockets of Unix', async () => {
    using server = await bound('127.0.0.1:0')
    const { port } = server
    expect(await verdictOn(`grpc://localhost:${port}`, grpcCheck(PATIENT))).toEqual(WELL)
    expect(await verdictOn('grpc://127.0.0.1:9', grpcCheck({ ...PATIENT, port }))).toEqual(WELL)
    if (hasIPv6) {
      using six = await bound('[::1]:0')
      expect(await verdictOn(`grpc://[::1]:${six.port}`, grpcCheck(PATIENT))).toEqual(WELL)
    }
    const folder = await mkdtemp(join(tmpdir(), 'evenkeel-grpc-'))
    using _ = await bound(`unix:${folder}/app.sock`)
    expect(await verdictOn(`unix://${folder}/app.sock`, grpcCheck(PATIENT))).toEqual(WELL)
    await rm(folder, { recursive: true, force: true })
  })

  it.each<[string, string, GrpcCheckOptions, unknown]>([
    ['to https, trusting whom it is told to', 'https://127.0.0.1', { tls: { ca: certificate.cert } }, WELL],
    ['to any scheme, if asked to', 'grpc://127.0.0.1', { tls: { rejectUnauthorized: false } }, WELL],
    [
      'by another name',
      'grpcs://127.0.0.1',
      { tls: { ca: certificate.cert, servername: 'checked.test' } },
      WELL,
    ],
    ['but not with somebody unknown', 'grpcs://127.0.0.1', {}, says(/self-signed certificate/)],
    [
      'nor with somebody else',
      'grpcs://127.0.0.1',
      { tls: { ca: certificate.cert, servername: 'other.test' } },
      says(/does not match certificate's altnames/),
    ],
    ['and not at all, if told so', 'https://127.0.0.1', { tls: false }, says(/14 UNAVAILABLE/)],
  ])('speaks TLS %s', async (_, origin, options, verdict) => {
    // Of addresses that are sent as a server's name, which grpc-js does.
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    await using server = await grpcServer({ '': 'SERVING' }, 'tls')
    const healthCheck = grpcCheck({ ...PATIENT, ...options })
    expect(await verdictOn(`${origin}:${server.port}`, healthCheck)).toEqual(verdict)
  })

  it('takes the certificate of the name behind an address, and asks for that name', async () => {
    await using server = await grpcServer({ '': 'SERVING' }, 'tls')
    const healthCheck = grpcCheck({ ...PATIENT, tls: { ca: certificate.cert } })
    const ask = (url: string) => verdictOn({ url, address: '127.0.0.1', port: server.port }, healthCheck)
    expect(await ask('grpcs://checked.test')).toEqual(WELL)
    expect(await ask('grpcs://other.test')).toEqual(says(/does not match certificate's altnames/))
  })

  it('sees at once what a server says next, and opens no more than a connection at a time', async () => {
    await using server = await grpcServer({ '': 'SERVING' })
    await using watched = watchedBalancer({
      endpoints: [`grpc://${server.host}`],
      healthCheck: grpcCheck(SOON),
    })
    await watched.balancer.ready()
    await eventually(() => checkOf(watched.balancer)?.healthy).toBe(true)
    server.health.setStatus('', 'NOT_SERVING')
    await eventually(() => checkOf(watched.balancer)?.healthy).toBe(false)
    server.health.setStatus('', 'SERVING')
    await eventually(() => checkOf(watched.balancer)?.healthy).toBe(true)
    await eventually(() => server.connections).toBeLessThanOrEqual(1)
    await watched.balancer.close()
    await eventually(() => server.connections).toBe(0)
  })

  it('sees a server die, and come back before any backoff would be over', { timeout: 30_000 }, async () => {
    await using server = await serverProcess('a', 'grpc')
    await using watched = watchedBalancer({ endpoints: [server.url], healthCheck: grpcCheck(SOON) })
    await watched.balancer.ready()
    await eventually(() => checkOf(watched.balancer)?.healthy).toBe(true)
    const errors: unknown[] = []
    watched.balancer.on('checked', ({ error }) => errors.push(error))
    await server.kill()
    // For so long that grpc-js would be in its second backoff, of more than a second, had it a channel to remember it by.
    await eventually(() => errors.length).toBeGreaterThan(60)
    expect(checkOf(watched.balancer)?.healthy).toBe(false)
    await server.start()
    errors.length = 0
    await eventually(() => checkOf(watched.balancer)?.healthy).toBe(true)
    // One may have been under way.
    expect(errors.filter((error) => error !== undefined).length).toBeLessThanOrEqual(1)
  })

  it('sees that a server hangs, and that it goes on', { timeout: 30_000 }, async () => {
    await using server = await serverProcess('a', 'grpc')
    const healthCheck = grpcCheck({ ...SOON, timeout: 1_000 })
    await using watched = watchedBalancer({ endpoints: [server.url], healthCheck })
    await watched.balancer.ready()
    await eventually(() => checkOf(watched.balancer)?.healthy).toBe(true)
    server.freeze()
    await eventually(() => checkOf(watched.balancer)?.error).toMatch(/TimeoutError: no result within 1000 ms/)
    server.thaw()
    await eventually(() => checkOf(watched.balancer)?.healthy).toBe(true)
  })

  it('is cancelled at the server when it is late', async () => {
    let cancelled = 0
    await using server = await strangeGrpcServer((call) => void call.on('cancelled', () => cancelled++))
    const { error } = await verdictOn(`grpc://${server.host}`, grpcCheck({ ...ONCE, timeout: 500 }))
    expect(error).toBe('TimeoutError: no result within 500 ms')
    await eventually(() => cancelled).toBe(1)
    await eventually(() => server.connections).toBe(0)
  })

  it.each(['grpc', 'grpcs'])('of %s leaves no connection to a server that says nothing', async (scheme) => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    await using server = await blackHoleServer()
    const healthCheck = grpcCheck({ ...SOON, timeout: 60_000 })
    await using watched = watchedBalancer({ endpoints: [`${scheme}://${server.host}`], healthCheck })
    await watched.balancer.ready()
    await eventually(() => server.hits).toBe(1)
    await watched.balancer.close()
    await eventually(() => server.connections).toBe(0)
  })

  it('leaves no connection, and no client that makes one, at whatever moment the balancer is closed', async () => {
    await using server = await grpcServer({ '': 'SERVING' })
    for (let turns = 0; turns < 40; turns++) {
      const healthCheck = grpcCheck({ ...ONCE, timeout: 60_000 })
      await using watched = watchedBalancer({ endpoints: [`grpc://${server.host}`], healthCheck })
      await watched.balancer.ready()
      for (let turn = 0; turn < turns; turn++) await nextTurn()
    }
    expect(await verdictOn(`grpc://${server.host}`, grpcCheck(PATIENT))).toEqual(WELL)
    await eventually(() => server.connections).toBe(0)
  })
})
