import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { createBalancer, roundRobin, wrapFetch } from 'evenkeel'
import { createBalancer as createNodeBalancer, undiciTransport } from 'evenkeel/node'
import { balancedDispatcher } from 'evenkeel/undici'
import { pipeline, request, stream, fetch as undiciFetch } from 'undici'
import { describe, expect, it } from 'vitest'
import { inTurn } from '../integration/in-turn.ts'
import { burstServer } from '../support/servers/burst-server.ts'
import { certificate } from '../support/servers/certificate.ts'
import { type Echo, echoServer } from '../support/servers/echo-server.ts'
import { refusingEndpoint } from '../support/servers/refusing-endpoint.ts'
import { secureHttp2Server } from '../support/servers/secure-http2-server.ts'
import { FETCHES, globally } from './globally.ts'

const quick = { retry: { backoff: { base: 1, max: 1 } } } as const

describe.each(FETCHES)('as the global dispatcher, by %s', (_, fetch) => {
  const echoOf = async (response: Response) => (await response.json()) as Echo

  it('balances what goes to the host of a balancer, and leaves the rest alone', async () => {
    await using a = await echoServer('a')
    await using b = await echoServer('b')
    await using other = await echoServer('other')
    await using users = createBalancer({ endpoints: [a.url, b.url], policy: roundRobin() })
    await using _global = await globally({ users, 'orders:8080': users })
    const ids = new Set<string>()
    for (let i = 0; i < 20; i++) ids.add((await echoOf(await fetch('http://users/v1/me?x=1'))).id)
    expect([...ids].sort()).toEqual(['a', 'b'])
    expect((await echoOf(await fetch('https://orders:8080/'))).id).toMatch(/^[ab]$/)
    expect((await echoOf(await fetch(`${other.url}/x`))).id).toBe('other')
    await expect(fetch('http://users.invalid/')).rejects.toThrow(TypeError)
    expect(users.snapshot().counts.calls).toBe(21)
  })

  it('gives the response that fetch gives', async () => {
    await using server = await echoServer('a', 201)
    await using users = createBalancer({ endpoints: [`${server.url}/base`] })
    await using _global = globally({ users })
    const response = await fetch('http://users/v1/me?x=1')
    expect(response).toMatchObject({ status: 201, statusText: 'Created', ok: true, redirected: false })
    expect(response.url).toBe('http://users/v1/me?x=1')
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    const { url, headers } = await echoOf(response)
    expect(url).toBe('/base/v1/me?x=1')
    expect(headers['host']).toBe(server.host)
  })

  it('sends what fetch sends, and nothing twice', async () => {
    await using server = await echoServer()
    await using users = createBalancer({ endpoints: [server.url] })
    await using _global = globally({ users })
    const full = { method: 'POST', body: 'hällo', headers: { 'X-A': '1' } }
    for (const init of [{}, full, { method: 'POST' }, { method: 'PUT', body: '' }]) {
      const sent = async (url: string) => {
        const { rawHeaders, body } = await echoOf(await fetch(url, init))
        const lines = rawHeaders.flatMap((name, i) =>
          // That of a host without TLS and dots is left out: what fetch makes of a URL.
          i % 2 || name === 'sec-fetch-mode' ? [] : [`${name}: ${rawHeaders[i + 1]}`],
        )
        return { lines, body }
      }
      expect(await sent('http://users/')).toEqual(await sent(`${server.url}/`))
    }
  })

  it('comes to the same as wrapFetch', async () => {
    await using bad = await burstServer({ good: 0, bad: 1 })
    await using gone = await refusingEndpoint()
    await using good = await echoServer('good')
    const endpoints = inTurn(gone, bad, good)
    const outcomes = async (send: typeof globalThis.fetch) => {
      const results: unknown[] = []
      for (const init of [
        { method: 'GET' },
        { method: 'PUT', body: 'text' },
        { method: 'POST', body: 'once' },
        { method: 'DELETE', headers: { 'x-a': 'b' } },
      ]) {
        const response = await send('http://users/v1?q', init)
        const text = await response.text()
        results.push(response.status, response.headers.get('x-server'), text.length > 0)
        if (response.status !== 200) continue
        const { method, url, body, headers } = JSON.parse(text) as Echo
        results.push(method, url, body, headers['x-a'], headers['evenkeel-attempt'])
      }
      return results
    }
    const balancer = () =>
      createBalancer({ endpoints, outlierDetection: false, circuitBreaker: false, ...quick })
    await using above = balancer()
    await using below = balancer()
    const wrapped = await outcomes(wrapFetch(globalThis.fetch, { users: above }))
    await using _global = globally({ users: below })
    expect(await outcomes(fetch)).toEqual(wrapped)
    expect(wrapped).toContain(503)
    expect(below.snapshot().counts).toEqual(above.snapshot().counts)
  })

  it('sends over the connections of undiciTransport, with its certificates and addresses, and by HTTP/2', async () => {
    await using server = await secureHttp2Server((incoming, response) => {
      response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'] })
      response.end(`${incoming.httpVersion} ${incoming.authority}`)
    })
    const { port } = server
    await using users = createNodeBalancer({
      endpoints: [{ url: 'https://checked.test', address: '127.0.0.1', port }],
      transport: undiciTransport({ tls: { ca: certificate.cert } }),
    })
    await using _global = globally({ users })
    const response = await fetch('http://users/')
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(await response.text()).toBe('2.0 checked.test')
  })
})

describe("undici's own", () => {
  it('request has query, headers of all kinds and trailers', async () => {
    await using server = await echoServer()
    await using users = createBalancer({ endpoints: [server.url] })
    await using _global = globally({ users })
    const kinds = [
      ['X-A', '1', 'x-b', '2', 'x-a', '3'],
      { 'X-A': ['1', '3'], 'x-b': '2', 'x-c': undefined },
      [
        ['X-A', '1'],
        ['x-b', '2'],
        ['x-a', '3'],
      ].values(),
    ]
    for (const headers of kinds) {
      const { statusCode, body } = await request('http://users/v1', {
        query: { a: 1, b: ['2', '3'] },
        headers: headers as never,
      })
      const echo = (await body.json()) as Echo
      expect(statusCode).toBe(200)
      expect(echo.url).toBe('/v1?a=1&b=2&b=3')
      expect(echo.headers).toMatchObject({ 'x-a': '1, 3', 'x-b': '2' })
      expect(echo.headers).not.toHaveProperty('x-c')
      expect(echo.headers).not.toHaveProperty('accept')
    }
  })

  it('stream and pipeline', async () => {
    await using server = await echoServer()
    await using users = createBalancer({ endpoints: [server.url] })
    await using _global = globally({ users })
    const pieces: Buffer[] = []
    await stream('http://users/v1', { method: 'GET' }, () => {
      return new PassThrough().on('data', (piece) => pieces.push(piece))
    })
    expect(JSON.parse(Buffer.concat(pieces).toString())).toMatchObject({ method: 'GET', url: '/v1' })
    const through = Readable.from(['one ', 'two']).pipe(
      pipeline('http://users/v2', { method: 'POST' }, ({ body }) => body),
    )
    expect(JSON.parse(await text(through))).toMatchObject({ method: 'POST', url: '/v2', body: 'one two' })
  })
})

describe('as the dispatcher of one request', () => {
  it.each<[string, (url: string, dispatcher: ReturnType<typeof balancedDispatcher>) => Promise<string>]>([
    ["undici's fetch", async (url, dispatcher) => (await undiciFetch(url, { dispatcher })).text()],
    ["Node's fetch", async (url, dispatcher) => (await fetch(url, { dispatcher } as never)).text()],
    ["undici's request", async (url, dispatcher) => (await request(url, { dispatcher })).body.text()],
  ])('%s', async (_, send) => {
    await using server = await echoServer('a')
    await using other = await echoServer('other')
    await using users = createBalancer({ endpoints: [server.url] })
    const dispatcher = balancedDispatcher({ users })
    expect(JSON.parse(await send('http://users/x', dispatcher))).toMatchObject({ id: 'a', url: '/x' })
    expect(JSON.parse(await send(`${other.url}/x`, dispatcher))).toMatchObject({ id: 'other' })
    await dispatcher.close()
  })
})
