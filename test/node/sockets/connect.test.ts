import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import type { EndpointInput } from 'evenkeel'
import { type ConnectOptions, connect } from 'evenkeel/node'
import { describe, expect, it, vi } from 'vitest'
import { eventually } from '../../integration/eventually.ts'
import { rejection } from '../../integration/rejection.ts'
import { NOTHING } from '../../integration/watched-balancer.ts'
import { certificate } from '../../support/servers/certificate.ts'
import { refusingEndpoint } from '../../support/servers/refusing-endpoint.ts'
import { answers, greets, tcpServer, tlsServer } from '../../support/servers/tcp-server.ts'

import { balance, endpointOf, tcp, wordOf } from './balance.ts'

const ca = certificate.cert

describe('connect', () => {
  it('gives a socket of Node, which counts as in flight until it is closed', async () => {
    await using server = await tcpServer(greets('hello'))
    await using watched = balance([server])
    const socket = await connect(watched.balancer)
    expect(socket).toBeInstanceOf(Socket)
    expect(socket).toMatchObject({ connecting: false, remotePort: server.port })
    // Its errors are nobody's but its user's.
    expect(socket.listenerCount('error')).toBe(0)
    expect(await wordOf(socket)).toBe('hello')
    // And no timer of ours keeps the process alive meanwhile.
    expect(watched.leftovers()).toEqual({ inFlight: 1, timers: 0 })
    socket.destroy()
    await once(socket, 'close')
    expect(endpointOf(watched)).toMatchObject({ inFlight: 0, successes: 1, failures: 0 })
    expect(watched.leftovers()).toEqual(NOTHING)
    await eventually(() => server.connections).toBe(0)
  })

  it('goes to another endpoint if one refuses', async () => {
    await using dead = await refusingEndpoint()
    await using server = await tcpServer(greets('hello'))
    await using watched = balance([`tcp://${dead.host}`, tcp(server)])
    for (let i = 0; i < 5; i++) expect(await wordOf((await connect(watched.balancer)).unref())).toBe('hello')
    expect(endpointOf(watched, 1)?.inFlight).toBe(5)
  })

  it('goes to another endpoint if TLS is not answered, and lets go of the socket', async () => {
    await using silent = await tcpServer((socket) => socket.resume())
    await using server = await tlsServer(greets('hello'))
    await using watched = balance([silent, server], { timeout: { attempt: 100 } })
    const socket = await connect(watched.balancer, { tls: { ca, servername: 'localhost' } })
    expect(socket).toBeInstanceOf(TLSSocket)
    expect(await wordOf(socket)).toBe('hello')
    expect(endpointOf(watched)).toMatchObject({ calls: 1, failures: 1, inFlight: 0 })
    await eventually(() => silent.connections).toBe(0)
    socket.destroy()
  })

  it('takes whoever is first, if it is hedged, and closes the other', async () => {
    await using silent = await tcpServer((socket) => socket.resume())
    await using server = await tlsServer(greets('hello'))
    await using watched = balance([silent, server])
    const tls = { ca, servername: 'localhost' }
    const socket = await connect(watched.balancer, { tls, hedge: { delay: 30 } })
    expect(await wordOf(socket)).toBe('hello')
    expect(endpointOf(watched)).toMatchObject({ calls: 1, failures: 0, inFlight: 0 })
    await eventually(() => silent.connections).toBe(0)
    socket.destroy()
  })

  it('closes the connection of a trial that another attempt has overtaken', async () => {
    const secure = createTlsServer(certificate)
    let down = true
    await using slow = await tcpServer((socket) => {
      if (down) socket.resetAndDestroy()
      else setTimeout(() => secure.emit('connection', socket), 250)
    })
    await using server = await tlsServer(greets('hello'))
    await using watched = balance([slow, server], {
      outlierDetection: { baseEjectionTime: 50, jitter: 0 },
      timeout: { attempt: 1_000 },
    })
    const tls = { ca, servername: 'localhost' }
    const sockets = []
    for (let i = 0; i < 3; i++) sockets.push(await connect(watched.balancer, { tls }))
    expect(endpointOf(watched)?.state).toBe('ejected')
    down = false
    await eventually(() => endpointOf(watched)?.state).toBe('trial-due')
    sockets.push(await connect(watched.balancer, { tls }))
    expect(sockets.map(({ remotePort }) => remotePort)).toEqual(Array(4).fill(server.port))
    expect([slow.connections, endpointOf(watched)?.inFlight]).toEqual([1, 1])
    await eventually(() => slow.connections).toBe(0)
    expect(endpointOf(watched)).toMatchObject({ state: 'eligible', inFlight: 0 })
    for (const socket of sockets) socket.destroy()
  })

  it('tells of all that was tried', async () => {
    await using dead = await refusingEndpoint()
    await using watched = balance([`tcp://${dead.host}`])
    const error = await rejection(connect(watched.balancer, { retry: false }))
    expect(error).toMatchObject({ code: 'ERR_ATTEMPT_FAILED', attempts: [{ kind: 'unreachable' }] })
    expect(watched.leftovers()).toEqual(NOTHING)
  })

  it('is given up by its signal, which means nothing once it is connected', async () => {
    await using silent = await tcpServer((socket) => socket.resume())
    await using watched = balance([silent])
    const controller = new AbortController()
    const { signal } = controller
    const connecting = rejection(connect(watched.balancer, { tls: true, signal }))
    await eventually(() => silent.connections).toBe(1)
    const socket = await connect(watched.balancer, { signal })
    controller.abort(new Error('changed my mind'))
    expect(await connecting).toEqual(new Error('changed my mind'))
    await eventually(() => silent.connections).toBe(1)
    expect(socket.destroyed).toBe(false)
    socket.destroy()
  })

  it('passes options of the socket on', async () => {
    await using server = await tcpServer()
    await using watched = balance([`tcp://shop.test:${server.port}`])
    const lookup = vi.fn((_name, _options, callback) => callback(null, '127.0.0.1', 4))
    const socket = await connect(watched.balancer, { tcp: { lookup, localAddress: '127.0.0.3' } })
    expect(lookup).toHaveBeenCalledExactlyOnceWith('shop.test', expect.anything(), expect.anything())
    expect(socket.localAddress).toBe('127.0.0.3')
    socket.destroy()
  })

  it('takes the next address of a name when one does not answer, as Node does', async () => {
    await using server = await tcpServer()
    await using watched = balance([`tcp://shop.test:${server.port}`])
    const addresses = [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ]
    const lookup: NonNullable<ConnectOptions['tcp']>['lookup'] = (_name, _options, callback) =>
      callback(null, addresses)
    const socket = await connect(watched.balancer, { tcp: { lookup } })
    expect(socket.remoteAddress).toBe('127.0.0.1')
    expect(endpointOf(watched)).toMatchObject({ calls: 1, failures: 0 })
    socket.destroy()
  })

  it('connects to sockets of Unix, by their URL and by their address', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evenkeel-'))
    const path = join(folder, 'app.sock')
    await using server = createServer((socket) => socket.end('local')).listen(path)
    await once(server, 'listening')
    for (const endpoint of [`unix://${path}`, { url: 'redis://cache.internal', address: `unix:${path}` }]) {
      await using watched = balance([endpoint])
      expect(await wordOf(await connect(watched.balancer, { defaultPort: 6379 }))).toBe('local')
    }
    await rm(folder, { recursive: true, force: true })
  })

  it('takes a default port where there is none', async () => {
    await using server = await tcpServer(greets('hello'))
    await using watched = balance(['redis://127.0.0.1'])
    expect(await rejection(connect(watched.balancer, { retry: false }))).toMatchObject({
      message: expect.stringContaining('connect cannot connect to redis://127.0.0.1: it has no port'),
    })
    const socket = await connect(watched.balancer, { defaultPort: server.port })
    expect(await wordOf(socket)).toBe('hello')
    socket.destroy()
  })

  it('keeps to the limits of the balancer: a socket that is open has a place', async () => {
    await using server = await tcpServer()
    await using watched = balance([server], { concurrency: { maxPerEndpoint: 2, queue: { timeout: 5_000 } } })
    const [first, second] = [await connect(watched.balancer), await connect(watched.balancer)]
    const third = connect(watched.balancer)
    await eventually(() => watched.balancer.snapshot().concurrency?.queue?.queued).toBe(1)
    first.destroy()
    ;(await third).destroy()
    second.destroy()
  })

  it('leaves sockets open when its balancer is closed', async () => {
    await using server = await tcpServer(answers('pong'))
    const watched = balance([server])
    const socket = await connect(watched.balancer)
    await watched[Symbol.asyncDispose]()
    socket.write('ping')
    expect(await wordOf(socket)).toBe('pong')
    socket.destroy()
    expect(await rejection(connect(watched.balancer))).toMatchObject({ code: 'ERR_CLOSED' })
  })
})

describe('the name that TLS knows a server by', () => {
  const namesAreRight = (endpoint: EndpointInput, options: ConnectOptions['tls'] = { ca }) => {
    const watched = balance([endpoint])
    return connect(watched.balancer, { tls: options, retry: false }).then(
      (socket) => socket.destroy() && 'connected',
      ({ cause }: { cause: NodeJS.ErrnoException }) => cause.code,
    )
  }

  it.each([
    ['checked.test', 'connected'],
    ['127.0.0.1', 'connected'],
    ['other.test', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['127.0.0.9', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('is that of its URL, %s, whatever address is dialled', async (name, expected) => {
    await using server = await tlsServer()
    const { port } = server
    expect(await namesAreRight({ url: `tls://${name}`, address: '127.0.0.1', port })).toBe(expected)
    expect(await namesAreRight({ url: `tls://${name}`, address: 'localhost', port })).toBe(expected)
  })

  it('is the one that is given, if there is one', async () => {
    await using server = await tlsServer()
    const tls = { ca, servername: 'checked.test' }
    expect(await namesAreRight(`tls://${server.host}`, tls)).toBe('connected')
    expect(await namesAreRight(`tls://${server.host}`, { ...tls, servername: 'other.test' })).toMatch(
      /ALTNAME/,
    )
  })

  it('is not that of the address when the one that is given is undefined', async () => {
    await using server = await tlsServer()
    const { port } = server
    const tls = { ca, servername: undefined, checkServerIdentity: undefined } as never
    for (const name of ['other.test', '127.0.0.9'])
      expect(await namesAreRight({ url: `tls://${name}`, address: '127.0.0.1', port }, tls)).toMatch(
        /ALTNAME/,
      )
    expect(await namesAreRight({ url: 'tls://checked.test', address: '127.0.0.1', port }, tls)).toBe(
      'connected',
    )
  })

  it('is not trusted without an authority', async () => {
    await using server = await tlsServer()
    expect(await namesAreRight(`tls://${server.host}`, true)).toBe('DEPTH_ZERO_SELF_SIGNED_CERT')
    expect(await namesAreRight(`tls://${server.host}`, { rejectUnauthorized: false })).toBe('connected')
  })
})

describe('a mistake in the options', () => {
  it.each<[object, RegExp]>([
    [{ host: 'x' }, /`connect\.host`: there is no such option; known are timeout/],
    [{ tls: 'yes' }, /`connect\.tls`: got "yes"/],
    [{ tcp: { host: 'x' } }, /`connect\.tcp\.host`: there is no such option; known are noDelay/],
    [{ defaultPort: 0 }, /`connect\.defaultPort`/],
    [{ drainTimeout: -1 }, /`connect\.drainTimeout`/],
    [{ closeUnhealthy: 1 }, /`connect\.closeUnhealthy`: got 1; allowed is true or false/],
    [{ timeout: { atempt: 1 } }, /timeout\.atempt`: there is no such option/],
    [{ signal: 'soon' }, /`connect\.signal`/],
  ])('%o is named', async (options, message) => {
    await using watched = balance(['tcp://10.0.0.1:1'])
    expect(await rejection(connect(watched.balancer, options as ConnectOptions))).toMatchObject({
      code: 'ERR_INVALID_CONFIG',
      message: expect.stringMatching(message),
    })
  })

  it.each<[ConnectOptions, object]>([
    [{ tcp: { localAddress: 'here' } }, { code: 'ERR_INVALID_IP_ADDRESS' }],
    [{ tls: { cert: 'no pem' } }, { code: expect.stringMatching(/^ERR_OSSL_/) }],
  ])('%o that only Node can see is told as it is, and held against nobody', async (options, expected) => {
    await using watched = balance(['tcp://10.0.0.1:1'])
    expect(await rejection(connect(watched.balancer, options))).toMatchObject(expected)
    expect(endpointOf(watched)).toMatchObject({ calls: 1, failures: 0 })
  })

  it('no balancer is named', async () => {
    expect(await rejection(connect({} as never))).toMatchObject({ code: 'ERR_INVALID_CONFIG' })
  })
})
