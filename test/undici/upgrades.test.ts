import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createBalancer, fetchTransport } from 'evenkeel'
import { createBalancer as createNodeBalancer, undiciTransport } from 'evenkeel/node'
import { balancedDispatcher } from 'evenkeel/undici'
import { WebSocket as UndiciWebSocket } from 'undici'
import { describe, expect, it } from 'vitest'
import { eventually } from '../integration/eventually.ts'
import { inTurn } from '../integration/in-turn.ts'
import { rejection } from '../integration/rejection.ts'
import { burstServer } from '../support/servers/burst-server.ts'
import { certificate } from '../support/servers/certificate.ts'
import { echoServer } from '../support/servers/echo-server.ts'
import { refusingEndpoint } from '../support/servers/refusing-endpoint.ts'
import { webSocketServer } from '../support/servers/websocket-server.ts'
import { globally } from './globally.ts'

const quick = { retry: { backoff: { base: 1, max: 1 } } } as const

describe.each<[string, typeof WebSocket]>([
  ["Node's", WebSocket],
  ["undici's", UndiciWebSocket as unknown as typeof WebSocket],
])('a WebSocket, %s', (_, Socket) => {
  const greetingOf = async (socket: WebSocket) => ((await once(socket, 'message')) as [MessageEvent])[0].data

  it('is opened at an endpoint that takes it, and is in flight until it ends', async () => {
    await using gone = await refusingEndpoint()
    await using bad = await burstServer({ good: 0, bad: 1 })
    await using good = await webSocketServer('hello')
    await using users = createBalancer({
      endpoints: inTurn(gone, bad, good),
      completion: 'body',
      outlierDetection: false,
      ...quick,
    })
    await using _global = globally({ users })
    const socket = new Socket('ws://users/chat')
    expect(await greetingOf(socket)).toBe('hello')
    const inFlight = () => users.snapshot().endpoints.map((endpoint) => endpoint.inFlight)
    expect(inFlight()).toEqual([0, 0, 1])
    socket.close()
    await once(socket, 'close')
    await eventually(inFlight).toEqual([0, 0, 0])
    expect(good.hits).toBe(1)
  })

  it('is not taken for an answer that nobody wants', async () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    await using server = await webSocketServer('hello')
    await using users = createBalancer({ endpoints: [server.url], completion: 'body' })
    await using _global = globally({ users })
    const socket = new Socket('ws://users/chat')
    await greetingOf(socket)
    for (let i = 0; i < 5; i++) {
      await turn()
      collect()
    }
    await turn()
    expect(socket.readyState).toBe(Socket.OPEN)
    expect(users.snapshot().endpoints[0]).toMatchObject({ inFlight: 1 })
    socket.close()
    await once(socket, 'close')
  })

  it('is of HTTP/1.1, where HTTP/2 is spoken with the rest', async () => {
    await using server = await webSocketServer('hello', true)
    await using users = createNodeBalancer({
      endpoints: [{ url: server.url, address: '127.0.0.1', port: server.port }],
      transport: undiciTransport({ tls: { ca: certificate.cert } }),
    })
    await using _global = globally({ users })
    for (let i = 0; i < 2; i++) {
      const socket = new Socket('wss://users/chat')
      expect(await greetingOf(socket)).toBe('hello')
      socket.close()
      await once(socket, 'close')
    }
    await users.close()
    await eventually(() => server.connections).toBe(0)
  })

  it('fails where nobody takes it', async () => {
    await using server = await echoServer()
    await using users = createBalancer({ endpoints: [server.url] })
    await using _global = globally({ users })
    const socket = new Socket('ws://users/chat')
    await once(socket, 'error')
    await eventually(() => users.snapshot().endpoints[0]).toMatchObject({ inFlight: 0 })
  })
})

it.each([
  [
    'fails',
    {
      onRequestUpgrade: () => {
        throw new Error('mine')
      },
    },
    'mine',
  ],
  ['cannot take one', {}, 'invalid onRequestUpgrade method'],
])('a handler that %s is told so, and the connection ends', async (_, methods, message) => {
  await using server = await webSocketServer('hello')
  await using users = createBalancer({ endpoints: [server.url], completion: 'body' })
  const dispatcher = balancedDispatcher({ users })
  const error = await new Promise((resolve) => {
    const options = { origin: 'http://users', path: '/', method: 'GET', upgrade: 'websocket' }
    dispatcher.dispatch(options, { ...methods, onResponseError: (_controller, mistake) => resolve(mistake) })
  })
  expect(error).toMatchObject({ message })
  await eventually(() => server.connections).toBe(0)
  expect(users.snapshot().endpoints[0]).toMatchObject({ inFlight: 0 })
  await dispatcher.close()
})

describe('what is no request', () => {
  it('an upgrade takes a transport that can do it', async () => {
    await using users = createBalancer({
      name: 'users',
      endpoints: ['http://10.0.0.1'],
      transport: fetchTransport(),
    })
    const dispatcher = balancedDispatcher({ users })
    const upgrade = { origin: 'http://users', path: '/', protocol: 'chat' }
    const error = await rejection(dispatcher.upgrade(upgrade as never))
    expect(error).toMatchObject({ code: 'UND_ERR_NOT_SUPPORTED', message: /'users' cannot upgrade/ })
    await dispatcher.close()
  })

  it('a tunnel is not built', async () => {
    await using users = createBalancer({ endpoints: ['http://10.0.0.1'] })
    const dispatcher = balancedDispatcher({ users })
    const error = await rejection(dispatcher.connect({ origin: 'http://users', path: 'example.com:443' }))
    expect(error).toMatchObject({ code: 'UND_ERR_NOT_SUPPORTED', message: /CONNECT to http:\/\/users/ })
    expect(users.snapshot().counts.calls).toBe(0)
    await dispatcher.close()
  })
})
