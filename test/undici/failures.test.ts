import { type BalancerError, createBalancer, roundRobin } from 'evenkeel'
import { balancedDispatcher } from 'evenkeel/undici'
import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import { drive } from '../integration/drive.ts'
import { eventually } from '../integration/eventually.ts'
import { inTurn } from '../integration/in-turn.ts'
import { rejection } from '../integration/rejection.ts'
import { blackHoleServer } from '../support/servers/black-hole-server.ts'
import { burstServer } from '../support/servers/burst-server.ts'
import { echoServer } from '../support/servers/echo-server.ts'
import { endlessBodyServer } from '../support/servers/endless-body-server.ts'
import { heldServer } from '../support/servers/held-server.ts'
import { normalServer } from '../support/servers/normal-server.ts'
import { refusingEndpoint } from '../support/servers/refusing-endpoint.ts'
import { type ResetPoint, resettingServer } from '../support/servers/resetting-server.ts'
import { FETCHES, globally } from './globally.ts'

const quick = { retry: { backoff: { base: 1, max: 1 } } } as const

describe.each(FETCHES)('what fails below %s', (_, fetch) => {
  it.each<[string, () => ReturnType<typeof refusingEndpoint>]>([
    ['refused', refusingEndpoint],
    ...(['after-request', 'hang-up', 'mid-headers'] as const).map(
      (point: ResetPoint) => [point, () => resettingServer(point)] as const,
    ),
    ['503', () => burstServer({ good: 0, bad: 1 })],
    ['silent', blackHoleServer],
  ] as [string, () => ReturnType<typeof refusingEndpoint>][])('%s: another answers', async (__, make) => {
    await using bad = await make()
    await using good = await echoServer('good')
    await using users = createBalancer({
      endpoints: inTurn(bad, good),
      timeout: { attempt: 400 },
      ...quick,
    })
    await using _global = globally({ users })
    const response = await fetch('http://users/', { method: 'PUT', body: 'again' })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ id: 'good', body: 'again' })
    expect(users.snapshot().counts).toMatchObject({ calls: 1, retries: 1 })
  })

  it('a server that is killed in the middle of it costs no call', async () => {
    await using good = await normalServer({ id: 'good', latency: 2 })
    const killed = await normalServer({ id: 'killed', latency: 2 })
    await using users = createBalancer({ endpoints: [killed.url, good.url], policy: roundRobin(), ...quick })
    await using _global = globally({ users })
    const report = await drive(200, 8, async (index) => {
      if (index === 50) await killed[Symbol.asyncDispose]()
      return fetch('http://users/', { method: 'PUT', body: `call ${index}` })
    })
    expect(report).toMatchObject({ failures: [], statuses: { 200: 200 } })
    expect(report.servers['killed']).toBeGreaterThan(10)
  })

  it('is told as fetch failed, with the error that tells every attempt', async () => {
    await using gone = await refusingEndpoint()
    await using users = createBalancer({ name: 'users', endpoints: [gone.url], ...quick })
    await using _global = globally({ users })
    const error = (await rejection(fetch('http://users/v1/me'))) as TypeError & { cause: BalancerError }
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toBe('fetch failed')
    expect(error.cause).toMatchObject({
      name: 'BalancerError',
      code: 'ERR_ATTEMPT_FAILED',
      balancer: 'users',
    })
    expect(error.cause.message).toMatch(/^GET \/v1\/me on 'users' failed: ECONNREFUSED \(3 attempts: /)
    expect(error.cause.attempts).toHaveLength(3)
  })

  it('is an answer if it is one, with its body', async () => {
    await using bad = await burstServer({ good: 0, bad: 1 })
    await using users = createBalancer({ endpoints: [bad.url], ...quick })
    await using _global = globally({ users })
    const response = await fetch('http://users/')
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('come back later')
    expect(bad.hits).toBe(3)
  })

  it('is the body, after the answer was handed on', async () => {
    await using bad = await resettingServer('mid-body')
    await using users = createBalancer({ endpoints: [bad.url], completion: 'body' })
    await using _global = globally({ users })
    const response = await fetch('http://users/')
    expect(response.status).toBe(200)
    const error = (await rejection(response.text())) as TypeError
    expect(error).toMatchObject({ name: 'TypeError', message: 'terminated' })
    expect(error.cause).toMatchObject({ code: 'UND_ERR_SOCKET' })
    await eventually(() => users.snapshot().endpoints[0]).toMatchObject({ failures: 1, inFlight: 0 })
    expect(bad.hits).toBe(1)
  })

  it('is ended by its signal: before there is an answer', async () => {
    await using server = await heldServer()
    await using users = createBalancer({ endpoints: [server.url] })
    await using _global = globally({ users })
    const ending = new AbortController()
    const call = rejection(fetch('http://users/', { signal: ending.signal }))
    const { request } = await server.next()
    const reason = new Error('enough')
    ending.abort(reason)
    expect(await call).toBe(reason)
    await eventually(() => request.socket.destroyed).toBe(true)
    await eventually(() => users.snapshot().endpoints[0]).toMatchObject({ failures: 0, inFlight: 0 })
  })

  it('is ended by its signal: in the middle of the body', async () => {
    await using server = await endlessBodyServer()
    await using users = createBalancer({ endpoints: [server.url], completion: 'body' })
    await using _global = globally({ users })
    const ending = new AbortController()
    const response = await fetch('http://users/', { signal: ending.signal })
    const reading = rejection(response.text())
    ending.abort()
    expect(await reading).toMatchObject({ name: 'AbortError' })
    await eventually(() => server.bodies).toBe(0)
    await eventually(() => users.snapshot().endpoints[0]).toMatchObject({ failures: 0, inFlight: 0 })
  })

  it('is let go of when its body is cancelled', async () => {
    await using server = await endlessBodyServer()
    await using users = createBalancer({ endpoints: [server.url], completion: 'body' })
    await using _global = globally({ users })
    await (await fetch('http://users/')).body?.cancel()
    await eventually(() => server.bodies).toBe(0)
    await eventually(() => users.snapshot().endpoints[0]).toMatchObject({ failures: 0, inFlight: 0 })
  })
})

describe('below the handler of a dispatch', () => {
  it('a hedge is not to be seen, and what it overtook is given up', async () => {
    await using slow = await endlessBodyServer(503)
    await using held = await heldServer()
    await using good = await normalServer({ id: 'good' })
    await using users = createBalancer({
      endpoints: inTurn(held, good),
      hedge: { delay: 20 },
      outlierDetection: false,
    })
    await using _global = globally({ users })
    const { headers, body } = await request('http://users/')
    expect(headers['x-server']).toBe('good')
    expect(await body.text()).toBe('served by good')
    expect(users.snapshot().counts).toMatchObject({ hedges: 1, hedgesWon: 1 })
    await eventually(() => held.connections).toBe(0)
    // An answer that is followed by another attempt is let go of with its connection.
    users.setEndpoints(inTurn(slow, good))
    expect(await (await request('http://users/')).body.text()).toBe('served by good')
    await eventually(() => slow.bodies).toBe(0)
  })

  it('what is wrong with a request is told in the words of undici, and is held against nobody', async () => {
    await using server = await echoServer()
    await using users = createBalancer({ endpoints: [server.url] })
    await using _global = globally({ users })
    const wrong = [
      [
        { headers: { 'transfer-encoding': 'chunked' } },
        'UND_ERR_INVALID_ARG',
        'invalid transfer-encoding header',
      ],
      [{ headers: { expect: '100-continue' } }, 'UND_ERR_NOT_SUPPORTED', 'expect header not supported'],
      [
        { headers: { 'content-length': ['1', '1'] } },
        'UND_ERR_INVALID_ARG',
        'duplicate content-length header',
      ],
      [{ headers: ['x'] }, 'UND_ERR_INVALID_ARG', 'headers array must be even'],
      [{ headers: new Set(['x']) }, 'UND_ERR_INVALID_ARG', 'headers must be in key-value pair format'],
      [{ headers: { 'x-a': {} } }, 'UND_ERR_INVALID_ARG', 'invalid x-a header'],
      [{ headers: 'x-a: 1' }, 'UND_ERR_INVALID_ARG', 'headers must be an object or an array'],
      [{ headersTimeout: -1 }, 'UND_ERR_INVALID_ARG', 'invalid headersTimeout'],
      [{ body: 17 }, 'UND_ERR_INVALID_ARG', /^body must be a string/],
      [{ body: 'x', headers: { 'content-length': '2' } }, 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', /length/],
    ] as const
    for (const [options, code, message] of wrong) {
      const error = await rejection(request('http://users/', { method: 'PUT', ...options } as never))
      expect(error).toMatchObject({ code })
      expect((error as Error).message).toMatch(message)
    }
    expect(server.hits).toBe(0)
    expect(users.snapshot().endpoints[0]).toMatchObject({ failures: 0, inFlight: 0 })
  })

  it('the timeouts of a dispatch are those of each attempt, and of its body', async () => {
    await using silent = await blackHoleServer()
    await using good = await normalServer({ id: 'good' })
    await using users = createBalancer({ endpoints: inTurn(silent, good), outlierDetection: false, ...quick })
    await using _global = globally({ users })
    const { body } = await request('http://users/', { headersTimeout: 100 })
    expect(await body.text()).toBe('served by good')
    await using endless = await endlessBodyServer()
    users.setEndpoints([endless.url])
    const response = await request('http://users/', { bodyTimeout: 100 })
    expect(await rejection(response.body.text())).toMatchObject({ code: 'UND_ERR_BODY_TIMEOUT' })
    await eventually(() => endless.bodies).toBe(0)
  })

  it.each(['onRequestStart', 'onResponseStart', 'onResponseData', 'onResponseEnd'] as const)(
    'what it throws in %s comes back to it',
    async (method) => {
      await using server = await normalServer()
      await using users = createBalancer({ endpoints: [server.url] })
      const dispatcher = balancedDispatcher({ users })
      const mistake = new Error('mine')
      const told = await new Promise((resolve) => {
        const quiet = { onRequestStart() {}, onResponseStart() {}, onResponseData() {}, onResponseEnd() {} }
        const handler = {
          ...quiet,
          onResponseError: (_controller: unknown, error: Error) => resolve(error),
          [method]: () => {
            throw mistake
          },
        }
        expect(dispatcher.dispatch({ origin: 'http://users', path: '/', method: 'GET' }, handler)).toBe(true)
      })
      expect(told).toBe(mistake)
      await dispatcher.close()
    },
  )
})
