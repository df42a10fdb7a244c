import { EventEmitter, once } from 'node:events'
import { get } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { type Balancer, createBalancer, leastRequest } from 'evenkeel'
import { connect, httpAgent, pgStream } from 'evenkeel/node'
import { virtualClock } from 'evenkeel/testing'
import { describe, expect, it } from 'vitest'
import { eventually } from '../../integration/eventually.ts'
import { watchedBalancer } from '../../integration/watched-balancer.ts'
import { certificate } from '../../support/servers/certificate.ts'
import { greets, type OnConnection, tcpServer, tlsServer } from '../../support/servers/tcp-server.ts'

import { endpointOf, tcp } from './balance.ts'

const ca = certificate.cert

describe('the end of a socket', () => {
  type Use = (socket: Socket) => unknown
  type Treatment = [string, OnConnection, (Use | undefined)?, { tls?: boolean; after?: number }?]

  /** What a server's treatment of a socket, and its user's, say of the endpoint. */
  async function failuresOf(
    treat: OnConnection,
    use: Use = () => {},
    { tls = false, after = 0 } = {},
  ): Promise<number | undefined> {
    const clock = virtualClock()
    const signal = new EventEmitter()
    const onConnection: OnConnection = (socket) => signal.once('now', () => treat(socket))
    await using server = await (tls ? tlsServer(onConnection) : tcpServer(onConnection))
    await using balancer = createBalancer({ endpoints: [`tcp://${server.host}`], clock })
    const socket = await connect(balancer, { tls: tls && { ca } })
    socket.on('error', () => {})
    // What it said before.
    await new Promise((resolve) => setTimeout(resolve, tls ? 20 : 0))
    await clock.advance(after)
    const closed = new Promise((resolve) => socket.on('close', resolve))
    signal.emit('now')
    use(socket)
    socket.resume()
    await closed
    await clock.advance(5_000)
    const { failures, successes, inFlight } = balancer.snapshot().endpoints[0]!
    expect([successes + failures, inFlight]).toEqual([1, 0])
    return failures
  }

  const reset: OnConnection = (socket) => {
    if (socket instanceof TLSSocket) {
      // Below TLS, which knows no resets.
      ;(socket as unknown as { _parent: Socket })._parent.resetAndDestroy()
    } else socket.resetAndDestroy()
  }
  const speak =
    (then: OnConnection): OnConnection =>
    (socket) =>
      socket.setNoDelay().write('hello', () => setTimeout(() => then(socket), 20))
  const writes = (socket: Socket) => socket.write('hello?')

  it.each<Treatment>([
    ['it is reset at once', reset],
    ['it is reset at the first word', (socket) => socket.once('data', () => reset(socket)), writes],
    ['it is closed without a word', (socket) => socket.end()],
    ['it is closed at the first word', (socket) => socket.once('data', () => socket.end()), writes],
    ['it is reset after the handshake of TLS', reset, undefined, { tls: true }],
    ['it is closed after the handshake of TLS', (socket) => socket.end(), undefined, { tls: true }],
  ])('is held against the endpoint when %s', async (_, ...treatment) => {
    expect(await failuresOf(...treatment)).toBe(1)
  })

  it.each<Treatment>([
    ['it is closed after a word', speak((socket) => socket.end())],
    ['it is reset after a word', speak(reset)],
    ['it is reset after a word of TLS', speak(reset), undefined, { tls: true }],
    ['it is reset after a second', reset, undefined, { after: 1_000 }],
    ['it is closed after a second', (socket) => socket.end(), undefined, { after: 1_000 }],
    ['we ended it', (socket) => socket.on('end', () => socket.end()).resume(), (socket) => socket.end('bye')],
    ['its user destroyed it', () => {}, (socket) => socket.destroy()],
    ['its user destroyed it with an error', () => {}, (socket) => socket.destroy(new Error('mine'))],
  ])('says nothing when %s', async (_, ...treatment) => {
    expect(await failuresOf(...treatment)).toBe(0)
  })

  type Client = (balancer: Balancer) => unknown
  const clients: [string, Client][] = [
    ['an agent', (balancer) => get('http://users', { agent: httpAgent(balancer) }).on('error', () => {})],
    [
      'a driver',
      (balancer) => {
        const stream = (pgStream(balancer)() as Socket).connect(5432)
        stream.on('error', () => {}).on('connect', () => stream.write('hello?'))
      },
    ],
    [
      'whoever has taken the signal back',
      async (balancer) => {
        const controller = new AbortController()
        const socket = await connect(balancer, { signal: controller.signal })
        controller.abort()
        socket.on('error', () => {}).write('hello?')
        socket.resume()
      },
    ],
  ]
  const deaths: [string, OnConnection][] = [
    ['is reset', (socket) => socket.once('data', () => socket.resetAndDestroy())],
    ['is closed', (socket) => socket.once('data', () => socket.end())],
  ]

  it.each(clients.flatMap(([who, client]) => deaths.map(([what, treat]) => ({ who, what, client, treat }))))(
    'is held against the endpoint when that of $who $what without a word',
    async ({ client, treat }) => {
      await using server = await tcpServer(treat)
      await using balancer = createBalancer({ endpoints: [`tcp://${server.host}`] })
      await client(balancer)
      const counts = () => {
        const { calls, inFlight, failures } = balancer.snapshot().endpoints[0]!
        return { calls, inFlight, failures }
      }
      await eventually(counts).toEqual({ calls: 1, inFlight: 0, failures: 1 })
    },
  )

  it('gets a server out that takes connections for nobody, although it has the fewest open', async () => {
    await using nobody = await tcpServer((socket) => socket.end())
    await using server = await tcpServer(greets('hello'))
    await using watched = watchedBalancer({ endpoints: [tcp(nobody), tcp(server)], policy: leastRequest() })
    const open: Socket[] = []
    for (let i = 0; i < 20; i++) {
      const socket = await connect(watched.balancer)
      open.push(socket.resume())
      await Promise.race([once(socket, 'data'), once(socket, 'close')])
    }
    expect(nobody.hits).toBe(3)
    expect(endpointOf(watched)).toMatchObject({ state: 'ejected', failures: 3, inFlight: 0 })
    expect(endpointOf(watched, 1)?.inFlight).toBe(17)
    for (const socket of open) socket.destroy()
  })
})
