import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type LookupFunction } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TcpCheckOptions, tcpCheck } from 'evenkeel/node'
import { describe, expect, it } from 'vitest'
import { eventually } from '../integration/eventually.ts'
import { watchedBalancer } from '../integration/watched-balancer.ts'
import { blackHoleServer } from '../support/servers/black-hole-server.ts'
import { certificate } from '../support/servers/certificate.ts'
import { refusingEndpoint } from '../support/servers/refusing-endpoint.ts'
import { serverProcess } from '../support/servers/server-process.ts'
import { answers, greets, type OnConnection, tcpServer, tlsServer } from '../support/servers/tcp-server.ts'
import { checkOf, ONCE, SOON, verdictOn, WELL } from './verdict.ts'

const hasIPv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
)

/** What it says of a server that treats connections so. */
async function verdictOnServer(server: OnConnection, options: TcpCheckOptions = {}) {
  await using there = await tcpServer(server)
  return await verdictOn(`redis://${there.host}`, tcpCheck({ ...ONCE, timeout: 5_000, ...options }))
}

const inTwo: OnConnection = (socket) => {
  const bytes = Buffer.from('grün')
  socket.write(bytes.subarray(0, 3), () => socket.write(bytes.subarray(3)))
}

const endless: OnConnection = (socket) => {
  const write = () => {
    if (!socket.destroyed) socket.write('x'.repeat(4_096), write)
  }
  write()
}

describe('tcpCheck', () => {
  it.each<[string, OnConnection, TcpCheckOptions]>([
    ['a connection', () => {}, {}],
    ['one that is closed at once', (socket) => socket.end(), {}],
    ['an answer that contains what is expected', answers('+PONG\r\n'), { send: 'PING\r\n', expect: '+PONG' }],
    ['bytes that are sent', answers('ok'), { send: new Uint8Array([1, 0, 255]), expect: 'ok' }],
    ['a greeting that matches', greets('220 mail.test ESMTP\r\n'), { expect: /^220[ -]/g }],
    ['words that come in pieces', inTwo, { expect: 'grün' }],
    ['what it said before it closed', (socket) => socket.end('bye'), { expect: 'bye' }],
  ])('takes %s for health', async (_, server, options) => {
    expect(await verdictOnServer(server, options)).toEqual(WELL)
  })

  it.each<[string, OnConnection, TcpCheckOptions, RegExp]>([
    [
      'another answer, and the end of it',
      (socket) => socket.end('-LOADING\r\n'),
      { expect: '+PONG' },
      /^Error: it said "-LOADING\\r\\n", which does not contain \+PONG$/,
    ],
    [
      'an end without a word',
      (socket) => socket.end(),
      { expect: /./ },
      /it said "", which does not contain/,
    ],
    ['words without end', endless, { expect: 'well' }, /it said "x+\.\.\.", which does not contain well$/],
    ['silence', () => {}, { expect: 'well', timeout: 100 }, /TimeoutError: no result within 100 ms/],
    ['a connection that is reset', (socket) => socket.resetAndDestroy(), { expect: 'well' }, /ECONNRESET/],
    ['a server that does not speak TLS', greets('220 hello'), { tls: true }, /Error: .*(SSL|TLS|EPROTO)/],
    ['one that never gets to it', () => {}, { tls: true, timeout: 100 }, /TimeoutError/],
  ])('takes %s for illness', async (_, server, options, error) => {
    expect(await verdictOnServer(server, options)).toEqual({
      healthy: false,
      error: expect.stringMatching(error),
    })
  })

  it('takes a refused connection for illness', async () => {
    await using dead = await refusingEndpoint()
    const { healthy, error } = await verdictOn(dead.url, tcpCheck(ONCE))
    expect([healthy, error]).toEqual([
      false,
      expect.stringMatching(/Error: connect E(CONNREFUSED|ADDRNOTAVAIL)/),
    ])
  })

  it('tells what was wrong with each address of a name', async () => {
    await using dead = await refusingEndpoint()
    const lookup: LookupFunction = (_name, _options, callback) =>
      callback(null, [
        { address: '::1', family: 6 },
        { address: '127.0.0.2', family: 4 },
      ])
    const { error } = await verdictOn(
      `tls://checked.test:${dead.port}`,
      tcpCheck({ ...ONCE, tls: { lookup } }),
    )
    expect(error).toMatch(/^Error: connect E\w+ ::1:\d+.*; connect ECONNREFUSED 127\.0\.0\.2:\d+/)
  })

  it.skipIf(!hasIPv6)('connects to addresses of IPv6', async () => {
    await using server = createServer((socket) => socket.end('six')).listen(0, '::1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    expect(await verdictOn(`tcp://[::1]:${port}`, tcpCheck({ ...ONCE, expect: 'six' }))).toEqual(WELL)
  })

  it('connects to sockets of Unix', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evenkeel tcp-'))
    await using server = createServer((socket) => socket.end('local')).listen(join(folder, 'app.sock'))
    await once(server, 'listening')
    expect(await verdictOn(`unix://${folder}/app.sock`, tcpCheck({ ...ONCE, expect: 'local' }))).toEqual(WELL)
    await rm(folder, { recursive: true, force: true })
  })

  it('connects to another port', async () => {
    await using server = await tcpServer()
    await using admin = await tcpServer(greets('admin'))
    const healthCheck = tcpCheck({ ...ONCE, port: admin.port, expect: 'admin' })
    expect(healthCheck.name).toBe(`tcp :${admin.port}`)
    expect(await verdictOn(server.url, healthCheck)).toEqual(WELL)
    expect([server.hits, admin.hits]).toEqual([0, 1])
  })

  it.each([
    [
      'redis://127.0.0.1',
      /^Error: tcpCheck cannot connect to redis:\/\/127\.0\.0\.1: it has no port; .* give tcpCheck one$/,
    ],
    ['db:///name', /it names no host/],
    ['unix://run/app.sock', /the path of a socket is written unix:\/\/\/run\/\.\.\.$/],
  ])('says so of %s, which it cannot connect to', async (url, error) => {
    expect((await verdictOn(url, tcpCheck(ONCE))).error).toMatch(error)
  })

  describe('over TLS', () => {
    it.each<[string, string, TcpCheckOptions, unknown]>([
      ['takes a certificate that it is told to trust', '127.0.0.1', { tls: { ca: certificate.cert } }, WELL],
      ['asks for it by the name of the host', 'localhost', { tls: { ca: certificate.cert } }, WELL],
      ['or any certificate', '127.0.0.1', { tls: { rejectUnauthorized: false }, expect: 'secret' }, WELL],
      [
        'but none that nobody vouches for',
        '127.0.0.1',
        { tls: true },
        { healthy: false, error: expect.stringMatching(/self-signed certificate/) },
      ],
      [
        'nor one of somebody else',
        '127.0.0.1',
        { tls: { ca: certificate.cert, servername: 'other.test' } },
        { healthy: false, error: expect.stringMatching(/does not match certificate's altnames/) },
      ],
    ])('%s', async (_, host, options, verdict) => {
      await using server = await tlsServer(greets('secret'))
      expect(await verdictOn(`redis://${host}:${server.port}`, tcpCheck({ ...ONCE, ...options }))).toEqual(
        verdict,
      )
    })
  })

  it('takes the certificate of the name behind an address', async () => {
    await using server = await tlsServer(greets('secret'))
    const ask = (url: string) =>
      verdictOn(
        { url, address: '127.0.0.1', port: server.port },
        tcpCheck({ ...ONCE, tls: { ca: certificate.cert } }),
      )
    expect(await ask('tls://localhost')).toEqual(WELL)
    expect(await ask('tls://other.test')).toMatchObject({
      healthy: false,
      error: expect.stringMatching(/altnames/),
    })
  })

  it('leaves no sockets behind', async () => {
    await using server = await tcpServer(endless)
    await using watched = watchedBalancer({ endpoints: [server.url], healthCheck: tcpCheck(SOON) })
    await watched.balancer.ready()
    await eventually(() => server.hits).toBeGreaterThan(20)
    await eventually(() => server.connections).toBeLessThanOrEqual(1)
    await watched.balancer.close()
    await eventually(() => server.connections).toBe(0)
  })

  it.each([
    ['for an answer', {}],
    ['for TLS', { tls: true }],
  ])('hangs up when the balancer is closed while it waits %s', async (_, options) => {
    await using server = await blackHoleServer()
    const healthCheck = tcpCheck({ ...SOON, timeout: 60_000, send: 'hello', expect: 'hello', ...options })
    await using watched = watchedBalancer({ endpoints: [server.url], healthCheck })
    await watched.balancer.ready()
    await eventually(() => server.hits).toBe(1)
    await watched.balancer.close()
    await eventually(() => server.connections).toBe(0)
  })

  it('hangs up when it is late', async () => {
    await using server = await blackHoleServer()
    const healthCheck = tcpCheck({ ...ONCE, timeout: 50, send: 'hello', expect: 'hello' })
    await using watched = watchedBalancer({ endpoints: [server.url], healthCheck })
    await watched.balancer.ready()
    await eventually(() => checkOf(watched.balancer)?.healthy).toBe(false)
    await eventually(() => server.connections).toBe(0)
  })

  it('sees a server die, and come back', { timeout: 30_000 }, async () => {
    await using server = await serverProcess('a')
    await using watched = watchedBalancer({ endpoints: [server.url], healthCheck: tcpCheck(SOON) })
    await watched.balancer.ready()
    await eventually(() => checkOf(watched.balancer)?.healthy).toBe(true)
    await server.kill()
    await eventually(() => checkOf(watched.balancer)?.error).toMatch(/ECONNREFUSED|ECONNRESET/)
    await server.start()
    await eventually(() => checkOf(watched.balancer)?.healthy).toBe(true)
  })
})
