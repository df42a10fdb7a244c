import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { type Balancer, createBalancer, fetchTransport, type Transport } from 'evenkeel'
import { createBalancer as createNodeBalancer } from 'evenkeel/node'
import { balancedDispatcher } from 'evenkeel/undici'
import {
  Agent,
  type Dispatcher,
  errors,
  getGlobalDispatcher,
  MockAgent,
  request,
  setGlobalDispatcher,
} from 'undici'
import { describe, expect, it, vi } from 'vitest'
import { eventually } from '../integration/eventually.ts'
import { rejection } from '../integration/rejection.ts'
import { type Echo, echoServer } from '../support/servers/echo-server.ts'
import { endlessBodyServer } from '../support/servers/endless-body-server.ts'
import { heldServer } from '../support/servers/held-server.ts'
import { LocalServer } from '../support/servers/local-server.ts'
import { normalServer } from '../support/servers/normal-server.ts'
import { FETCHES, globally } from './globally.ts'

const textOf = async (url: string, dispatcher: Dispatcher) => (await request(url, { dispatcher })).body.text()

describe('its options', () => {
  const service = () => createBalancer({ endpoints: ['http://10.0.0.1'] })

  it.each<[string, () => unknown, RegExp]>([
    ['a URL for a host', () => balancedDispatcher({ 'http://users': service() }), /services\.http/],
    [
      'the same host twice',
      () => balancedDispatcher({ users: service(), USERS: service() }),
      /each host once/,
    ],
    ['no balancer', () => balancedDispatcher({ users: {} as Balancer }), /services\.users.*a balancer/],
    ['no services', () => balancedDispatcher(undefined as never), /services/],
    [
      'no dispatcher',
      () => balancedDispatcher({}, { dispatcher: {} as Dispatcher }),
      /a dispatcher of undici/,
    ],
    ['an unknown option', () => balancedDispatcher({}, { next: 1 } as never), /next/],
  ])('%s is a mistake that is told at once', (_, make, message) => {
    expect(make).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
    )
  })

  it('is not for Bun', () => {
    vi.stubGlobal('Bun', {})
    expect(() => balancedDispatcher({})).toThrow(/wrapFetch\(\) on Bun/)
  })

  it('the rest goes to the dispatcher that is given, or was the global one', async () => {
    const before = getGlobalDispatcher()
    const mock = new MockAgent()
    mock.disableNetConnect()
    mock.get('http://elsewhere').intercept({ path: '/' }).reply(200, 'mocked').times(2)
    try {
      expect(await textOf('http://elsewhere/', balancedDispatcher({}, { dispatcher: mock }))).toBe('mocked')
      setGlobalDispatcher(mock)
      const dispatcher = balancedDispatcher({})
      setGlobalDispatcher(before)
      expect(await textOf('http://elsewhere/', dispatcher)).toBe('mocked')
    } finally {
      setGlobalDispatcher(before)
      await mock.close()
    }
  })

  it('says what may be received as the dispatcher does that the rest goes to', () => {
    const dispatcher = new Agent({ webSocket: { maxPayloadSize: 17 }, eventSource: { maxEventSize: 18 } })
    expect(balancedDispatcher({}, { dispatcher })).toMatchObject({
      webSocketOptions: { maxPayloadSize: 17 },
      eventSourceOptions: { maxEventSize: 18 },
    })
  })
})

describe('close', () => {
  it('waits for what is under way, and ends its connections; the balancer lives on', async () => {
    await using server = await heldServer()
    await using users = createBalancer({ endpoints: [server.url] })
    const dispatcher = balancedDispatcher({ users })
    const call = textOf('http://users/', dispatcher)
    const { response } = await server.next()
    const closing = dispatcher.close()
    expect(await rejection(request('http://users/', { dispatcher }))).toBeInstanceOf(errors.ClientClosedError)
    expect(await rejection(request('http://other/', { dispatcher }))).toBeInstanceOf(errors.ClientClosedError)
    response.end('in time')
    expect(await call).toBe('in time')
    await closing
    await dispatcher.close()
    await eventually(() => server.connections).toBe(0)
    const again = users.fetch('/')
    ;(await server.next()).response.end('alive')
    expect(await (await again).text()).toBe('alive')
  })

  it('takes a callback, as undici’s do', async () => {
    const dispatcher = balancedDispatcher({})
    await new Promise<void>((resolve) => dispatcher.close(resolve))
    await new Promise<void>((resolve) => dispatcher.destroy(resolve))
    await new Promise<void>((resolve) => dispatcher.destroy(null, resolve))
    await dispatcher.close()
  })
})

describe('destroy', () => {
  it.each([[undefined], [new Error('mine')]])('ends what is under way: %s', async (given) => {
    await using held = await heldServer()
    await using endless = await endlessBodyServer()
    await using users = createBalancer({ endpoints: [held.url] })
    await using orders = createBalancer({ endpoints: [endless.url] })
    const dispatcher = balancedDispatcher({ users, orders })
    const calls = [textOf('http://users/', dispatcher), textOf('http://orders/', dispatcher)].map(rejection)
    await held.next()
    await eventually(() => endless.bodies).toBe(1)
    await (given === undefined ? dispatcher.destroy() : dispatcher.destroy(given))
    for (const call of calls) {
      if (given === undefined) expect(await call).toBeInstanceOf(errors.ClientDestroyedError)
      else expect(await call).toBe(given)
    }
    expect(await rejection(request('http://users/', { dispatcher }))).toBeInstanceOf(
      errors.ClientDestroyedError,
    )
    expect(await rejection(dispatcher.close())).toBeInstanceOf(errors.ClientDestroyedError)
    await eventually(() => held.connections + endless.connections).toBe(0)
    expect(users.snapshot()).toMatchObject({ closed: false, endpoints: [{ inFlight: 0, failures: 0 }] })
  })

  it('lets close come to its end', async () => {
    await using held = await heldServer()
    await using users = createBalancer({ endpoints: [held.url] })
    const dispatcher = balancedDispatcher({ users })
    const call = rejection(textOf('http://users/', dispatcher))
    await held.next()
    const closing = dispatcher.close()
    await dispatcher.destroy()
    await closing
    expect(await call).toBeInstanceOf(errors.ClientDestroyedError)
  })
})

describe('connections', () => {
  it('are used again, and end with endpoints that leave, and with their balancer', async () => {
    await using a = await normalServer({ id: 'a' })
    await using b = await normalServer({ id: 'b' })
    await using users = createBalancer({ endpoints: [a.url], completion: 'body' })
    const dispatcher = balancedDispatcher({ users })
    for (let i = 0; i < 5; i++) expect(await textOf('http://users/', dispatcher)).toBe('served by a')
    // Undici opens a second one where the next request comes as the answer ends, and no more.
    expect(a.connections).toBeLessThan(3)
    users.setEndpoints([b.url])
    await eventually(() => a.connections).toBe(0)
    expect(await textOf('http://users/', dispatcher)).toBe('served by b')
    expect(b.connections).toBe(1)
    await users.close()
    await eventually(() => b.connections).toBe(0)
    expect(await rejection(textOf('http://users/', dispatcher))).toMatchObject({ code: 'ERR_CLOSED' })
    await dispatcher.close()
  })

  it('are those of undiciTransport, where the balancer has it', async () => {
    await using server = await normalServer()
    await using users = createNodeBalancer({ endpoints: [server.url] })
    const dispatcher = balancedDispatcher({ users })
    for (let i = 0; i < 3; i++) await (await users.fetch('/')).text()
    for (let i = 0; i < 3; i++) expect(await textOf('http://users/', dispatcher)).toBe('served by normal')
    expect(server.connections).toBeLessThan(3)
    await dispatcher.close()
    expect(server.connections).toBeGreaterThan(0)
    expect(await (await users.fetch('/')).text()).toBe('served by normal')
  })
})

describe.each(FETCHES)('a balancer with a transport of another kind, below %s', (_, fetch) => {
  it('keeps it', async () => {
    await using server = await echoServer()
    const transport = fetchTransport({
      fetch: (url, init) =>
        globalThis.fetch(url, { ...init, headers: [...new Headers(init.headers), ['x-traced', '1']] }),
    })
    await using users = createBalancer({ endpoints: [server.url], transport })
    await using _global = globally({ users })
    const response = await fetch('http://users/x', { method: 'POST', body: 'hällo' })
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    const echo = (await response.json()) as Echo
    expect(echo).toMatchObject({ method: 'POST', url: '/x', body: 'hällo', headers: { 'x-traced': '1' } })
  })

  it('hands on what that has decoded', async () => {
    await using server = await new LocalServer(
      createServer((_, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('text'.repeat(1_000)))
      }),
    ).listen()
    await using users = createBalancer({ endpoints: [server.url], transport: fetchTransport() })
    await using _global = globally({ users })
    expect(await (await fetch('http://users/')).text()).toBe('text'.repeat(1_000))
    const endless = await endlessBodyServer()
    users.setEndpoints([endless.url])
    const reading = rejection((await fetch('http://users/')).text())
    endless.reset()
    expect(await reading).toMatchObject({ message: 'terminated' })
    await endless[Symbol.asyncDispose]()
  })
})

it('takes the answers of fetches that are not the platform’s', async () => {
  const response = { status: 200, statusText: 'OK', headers: new Headers({ 'x-a': '1' }) }
  const transport: Transport = {
    send: async () => ({ ...response, body: Readable.from([Buffer.from('te'), Buffer.from('xt')]) }) as never,
  }
  await using users = createBalancer({ endpoints: ['http://10.0.0.1'], transport })
  const { headers, body } = await request('http://users/', { dispatcher: balancedDispatcher({ users }) })
  expect([headers['x-a'], await body.text()]).toEqual(['1', 'text'])
})

it('asks what stands in for a balancer by its fetch', async () => {
  const asked: unknown[] = []
  const standIn = {
    async fetch(url: string, { method, headers }: RequestInit) {
      asked.push(url, method, headers)
      return new Response('stood in', { status: 203, headers: { 'x-a': '1' } })
    },
  } as unknown as Balancer
  const dispatcher = balancedDispatcher({ users: standIn })
  const { statusCode, headers, body } = await request('http://users//x', {
    dispatcher,
    headers: { 'X-B': '2' },
  })
  expect([statusCode, headers['x-a'], await body.text()]).toEqual([203, '1', 'stood in'])
  expect(asked).toEqual(['http://users//x', 'GET', [['X-B', '2']]])
})
