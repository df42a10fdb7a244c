import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type RequestOptions, request } from 'node:http'
import { createServer as createTlsServer, get as getSecurely } from 'node:https'
import type { Socket } from 'node:net'
import { type BalancerOptions, leastRequest } from 'evenkeel'
import { httpAgent, httpsAgent } from 'evenkeel/node'
import { describe, expect, it, vi } from 'vitest'
import { eventually } from '../../integration/eventually.ts'
import { rejection } from '../../integration/rejection.ts'
import { watchedBalancer } from '../../integration/watched-balancer.ts'
import { certificate } from '../../support/servers/certificate.ts'
import { LocalServer } from '../../support/servers/local-server.ts'
import { refusingEndpoint } from '../../support/servers/refusing-endpoint.ts'
import { serverProcess } from '../../support/servers/server-process.ts'
import { tcpServer } from '../../support/servers/tcp-server.ts'
import { inFlightOf, tcp } from './balance.ts'

function balance(servers: readonly { host: string }[], options: BalancerOptions = {}) {
  return watchedBalancer({ endpoints: servers.map(tcp), policy: leastRequest(), ...options })
}

const httpServer = (id: string) =>
  new LocalServer(
    createServer((message, response) => {
      response.setHeader('x-host', message.headers.host ?? '')
      message.pipe(response.setHeader('x-server', id))
    }),
  ).listen()

const httpsServer = () =>
  new LocalServer(
    createTlsServer(certificate, (_message, response) => response.end('secure')).on(
      'tlsClientError',
      () => {},
    ),
  ).listen()

async function textOf(response: IncomingMessage): Promise<string> {
  return Buffer.concat(await response.toArray()).toString()
}

/** One request by an agent, and what came back. */
async function ask(options: RequestOptions, body = 'hello', url = 'http://users.internal/v1/me') {
  const call = request(url, { method: 'POST', ...options }).end(body)
  const [response] = (await once(call, 'response')) as [IncomingMessage]
  return { text: await textOf(response), server: response.headers['x-server'], response }
}

describe('httpAgent', () => {
  it('sends each request of its own connection to an endpoint, under its own name', async () => {
    await using a = await httpServer('a')
    await using b = await httpServer('b')
    await using watched = balance([a, b])
    const agent = httpAgent(watched.balancer)
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask({ agent })))
    expect(answers.map(({ text }) => text)).toEqual(Array(10).fill('hello'))
    expect(
      answers
        .map(({ server }) => server)
        .sort()
        .join(''),
    ).toBe('aaaaabbbbb')
    expect(answers[0]?.response.headers['x-host']).toBe('users.internal')
    await eventually(() => inFlightOf(watched)).toEqual([0, 0])
    expect(watched.balancer.snapshot().endpoints.map(({ failures }) => failures)).toEqual([0, 0])
  })

  it('keeps connections for more requests, and takes them in turn', async () => {
    await using a = await httpServer('a')
    await using b = await httpServer('b')
    await using watched = balance([a, b])
    const agent = httpAgent(watched.balancer, { agent: { keepAlive: true, scheduling: 'fifo' } })
    await Promise.all(Array.from({ length: 4 }, () => ask({ agent })))
    expect(inFlightOf(watched)).toEqual([2, 2])
    const servers = []
    for (let i = 0; i < 8; i++) servers.push((await ask({ agent })).server)
    expect(servers.sort().join('')).toBe('aaaabbbb')
    expect([a.connections, b.connections]).toEqual([2, 2])
    agent.destroy()
    await eventually(() => inFlightOf(watched)).toEqual([0, 0])
  })

  it('keeps to maxSockets while it connects, too', async () => {
    await using server = await httpServer('a')
    await using watched = balance([server])
    const agent = httpAgent(watched.balancer, { agent: { keepAlive: true, maxSockets: 3 } })
    await Promise.all(Array.from({ length: 20 }, () => ask({ agent })))
    expect(server.connections).toBe(3)
    agent.destroy()
  })

  it('connects elsewhere when an endpoint refuses, and fails requests only when all do', async () => {
    await using dead = await refusingEndpoint()
    const server = await httpServer('a')
    await using watched = balance([dead, server], { retry: { attempts: 2 } })
    const agent = httpAgent(watched.balancer, { agent: { maxSockets: 2 } })
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask({ agent })))
    expect(answers.map(({ server }) => server).join('')).toBe('aaaaaa')
    await server[Symbol.asyncDispose]()
    // Those that wait for a connection, too.
    const failed = await Promise.all(Array.from({ length: 6 }, () => rejection(ask({ agent }))))
    expect(new Set(failed.map((error) => (error as Error).name))).toEqual(new Set(['BalancerError']))
  })

  it('loses no more than the requests under way when a server is killed', async () => {
    await using a = await serverProcess('a')
    await using b = await serverProcess('b')
    const endpoints = [a, b].map(({ url }) => url.replace('http', 'tcp'))
    await using watched = watchedBalancer({ endpoints, policy: leastRequest() })
    const agent = httpAgent(watched.balancer, { agent: { keepAlive: true } })
    const round = () =>
      Promise.allSettled(Array.from({ length: 20 }, () => ask({ agent, method: 'GET' }, ''))).then((all) =>
        all
          .flatMap((one) => (one.status === 'fulfilled' ? [one.value.server] : []))
          .sort()
          .join(''),
      )
    expect(await round()).toBe(`${'a'.repeat(10)}${'b'.repeat(10)}`)
    await b.kill()
    await round()
    expect(await round()).toBe('a'.repeat(20))
    agent.destroy()
  })

  it('gives connecting up with the request', async () => {
    // It takes no more connections than one, and that is taken.
    await using silent = await tcpServer((socket) => socket.resume())
    await using watched = balance([silent], { concurrency: { maxPerEndpoint: 1, queue: {} } })
    const agent = httpAgent(watched.balancer)
    const first = request('http://users.internal/', { agent })
      .on('error', () => {})
      .end()
    await eventually(() => inFlightOf(watched)).toEqual([1])
    const second = request('http://users.internal/', { agent }).end()
    const failed = rejection(once(second, 'response'))
    await eventually(() => watched.balancer.snapshot().concurrency?.queue?.queued).toBe(1)
    second.destroy()
    expect(await failed).toMatchObject({ code: 'ECONNRESET', message: 'socket hang up' })
    await eventually(() => watched.balancer.snapshot().concurrency?.queue?.queued).toBe(0)
    first.destroy()
    await eventually(() => inFlightOf(watched)).toEqual([0])
  })

  it('times out as requests and agents are told to', async () => {
    await using silent = await tcpServer((socket) => socket.resume())
    await using watched = balance([silent])
    for (const [agent, timeout] of [
      [httpAgent(watched.balancer, { agent: { timeout: 20 } }), undefined],
      [httpAgent(watched.balancer), 20],
    ] as const) {
      const call = request('http://users.internal/', { agent, ...(timeout !== undefined && { timeout }) })
      call.on('error', () => {}).end()
      await once(call, 'timeout')
      call.destroy()
    }
    await eventually(() => inFlightOf(watched)).toEqual([0])
  })

  it('passes options of sockets on, and sends large bodies both ways', async () => {
    await using server = await httpServer('a')
    await using watched = balance([{ host: `users.test:${server.port}` }])
    const lookup = vi.fn((_name, _options, callback) => callback(null, '127.0.0.1', 4))
    const agent = httpAgent(watched.balancer, { agent: { lookup, localAddress: '127.0.0.4' } })
    const seen: Socket[] = []
    const body = 'x'.repeat(8_000_000)
    const call = request('http://users.internal/', { method: 'POST', agent })
    call.on('socket', (socket) => seen.push(socket)).end(body)
    const [response] = (await once(call, 'response')) as [IncomingMessage]
    expect(seen[0]?.localAddress).toBe('127.0.0.4')
    expect((await textOf(response)).length).toBe(body.length)
    expect(lookup).toHaveBeenCalledWith('users.test', expect.anything(), expect.anything())
  })

  it('lets protocols be changed', async () => {
    const server = createServer()
    server.on('upgrade', (_message, socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n', () =>
        socket.pipe(socket),
      ),
    )
    await using local = await new LocalServer(server).listen()
    await using watched = balance([local])
    const agent = httpAgent(watched.balancer)
    const call = get('http://users.internal/', { agent, headers: { connection: 'upgrade', upgrade: 'echo' } })
    const [, socket] = (await once(call, 'upgrade')) as [IncomingMessage, Socket]
    socket.write('echo')
    expect(String((await once(socket, 'data'))[0])).toBe('echo')
    expect(inFlightOf(watched)).toEqual([1])
    socket.destroy()
    await eventually(() => inFlightOf(watched)).toEqual([0])
  })

  it('names mistakes at once', async () => {
    await using watched = balance([{ host: '127.0.0.1:1' }])
    expect(() => httpAgent(watched.balancer, { keepAlive: true } as never)).toThrow(
      /`httpAgent\.keepAlive`: there is no such option; known are .*agent/,
    )
    expect(() => httpsAgent(watched.balancer, { tls: true } as never)).toThrow(/`httpsAgent\.tls`/)
    expect(() => httpAgent(null as never)).toThrow(/`httpAgent\.balancer`: got null/)
  })
})

describe('httpsAgent', () => {
  const ca = certificate.cert

  /** A request to a host by way of an endpoint of that name. */
  async function securely(host: string, endpoint: string, agent: object = { ca }) {
    await using server = await httpsServer()
    await using watched = watchedBalancer({
      endpoints: [{ url: `tls://${endpoint}`, address: '127.0.0.1', port: server.port }],
      retry: false,
    })
    const call = getSecurely(`https://${host}/v1/me`, { agent: httpsAgent(watched.balancer, { agent }) })
    const [response] = (await once(call, 'response')) as [IncomingMessage]
    return textOf(response)
  }

  it.each([
    ['checked.test', 'users.internal'],
    ['127.0.0.1', 'checked.test'],
    ['127.0.0.1', 'localhost'],
    ['127.0.0.1', '127.0.0.1'],
  ])(
    'knows a server by the name of its endpoint, %s, before that of the request, %s',
    async (endpoint, host) => {
      expect(await securely(host, endpoint)).toBe('secure')
    },
  )

  it.each([
    ['other.test', 'checked.test'],
    ['127.0.0.1', 'other.test'],
    ['127.0.0.9', '127.0.0.1'],
  ])('does not trust the certificate of another, %s for %s', async (endpoint, host) => {
    expect(await rejection(securely(host, endpoint))).toMatchObject({
      cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    })
  })

  it('takes options of TLS, and a name that is given before all others', async () => {
    expect(await securely('a.test', 'b.test', { ca, servername: 'checked.test' })).toBe('secure')
    expect(await securely('a.test', 'b.test', { rejectUnauthorized: false })).toBe('secure')
    expect(await rejection(securely('checked.test', 'checked.test', {}))).toMatchObject({
      cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    })
  })
})
