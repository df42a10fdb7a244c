import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'
import { createBalancer, roundRobin } from 'evenkeel'
import { balancedDispatcher } from 'evenkeel/undici'
import { type Dispatcher, interceptors, request } from 'undici'
import { describe, expect, it } from 'vitest'
import { inTurn } from '../integration/in-turn.ts'
import { rejection } from '../integration/rejection.ts'
import { burstServer } from '../support/servers/burst-server.ts'
import { echoServer } from '../support/servers/echo-server.ts'
import { LocalServer } from '../support/servers/local-server.ts'
import { refusingEndpoint } from '../support/servers/refusing-endpoint.ts'
import { FETCHES, globally } from './globally.ts'

/** Sends `/from` elsewhere, and answers all else with its name. */
function leadingServer(id: string, to: string): Promise<LocalServer> {
  const server: LocalServer = new LocalServer(
    createServer((incoming, response) => {
      server.hits++
      incoming.resume()
      if (incoming.url === '/from') response.writeHead(307, { location: to }).end()
      else response.end(`${incoming.method} ${incoming.url} at ${id}`)
    }),
  )
  return server.listen()
}

describe('undici’s interceptors above it', () => {
  it('redirect: what is relative is balanced again', async () => {
    await using a = await leadingServer('a', '/to')
    await using b = await leadingServer('b', '/to')
    await using users = createBalancer({ endpoints: [a.url, b.url], policy: roundRobin() })
    const dispatcher = balancedDispatcher({ users }).compose(interceptors.redirect({ maxRedirections: 3 }))
    const { body, context } = await request('http://users/from', { dispatcher })
    expect(await body.text()).toMatch(/^GET \/to at [ab]$/)
    expect([a.hits, b.hits]).toEqual([1, 1])
    expect((context as { history: URL[] }).history.map(String)).toEqual([
      'http://users/from',
      'http://users/to',
    ])
  })

  it('redirect: what leads elsewhere goes there', async () => {
    await using other = await leadingServer('other', '/')
    await using server = await leadingServer('a', `${other.url}/there`)
    await using users = createBalancer({ endpoints: [server.url] })
    const dispatcher = balancedDispatcher({ users }).compose(interceptors.redirect({ maxRedirections: 3 }))
    expect(await (await request('http://users/from', { dispatcher })).body.text()).toBe('GET /there at other')
  })

  it('retry: tries again what was an answer, and not what was an error, which has been', async () => {
    await using bad = await burstServer({ good: 0, bad: 2 })
    await using users = createBalancer({ endpoints: [bad.url], retry: false })
    const retry = interceptors.retry({ minTimeout: 1, maxTimeout: 1, maxRetries: 2 })
    const dispatcher = balancedDispatcher({ users }).compose(retry)
    await rejection(request('http://users/', { dispatcher }))
    expect(bad.hits).toBe(3)
    await using gone = await refusingEndpoint()
    users.setEndpoints([gone.url])
    const error = await rejection(request('http://users/', { dispatcher }))
    expect(error).toMatchObject({ code: 'ERR_ATTEMPT_FAILED', attempts: { length: 1 } })
    expect(users.snapshot().counts.calls).toBe(4)
  })

  it('retry: takes up again a body that broke off', async () => {
    const whole = Buffer.from('0123456789'.repeat(10))
    await using server = await new LocalServer(
      createServer((incoming, response) => {
        const [, from] = /bytes=(\d+)-/.exec(incoming.headers.range ?? '') ?? []
        const range = { 'content-range': `bytes ${from}-99/100`, 'content-length': 100 - Number(from) }
        if (from !== undefined)
          response.writeHead(206, { etag: '"x"', ...range }).end(whole.subarray(Number(from)))
        else
          response.writeHead(200, { etag: '"x"', 'content-length': 100 }).write(whole.subarray(0, 40), () => {
            response.socket?.destroySoon()
          })
      }),
    ).listen()
    await using users = createBalancer({ endpoints: [server.url] })
    const retry = interceptors.retry({ statusCodes: [], minTimeout: 1 })
    const dispatcher = balancedDispatcher({ users }).compose(retry)
    expect(await (await request('http://users/', { dispatcher })).body.text()).toBe(whole.toString())
    expect(users.snapshot().counts.calls).toBe(2)
  })

  it('dump, decompress, cache and responseError', async () => {
    let asked = 0
    await using server = await new LocalServer(
      createServer((incoming, response) => {
        asked++
        const headers = { 'cache-control': 'public, max-age=60', date: new Date().toUTCString() }
        if (incoming.url === '/gone') response.writeHead(404, { 'content-type': 'text/plain' }).end('gone')
        else response.writeHead(200, { ...headers, 'content-encoding': 'gzip' }).end(gzipSync('the same'))
      }),
    ).listen()
    await using users = createBalancer({ endpoints: [server.url] })
    const by = (...layers: Dispatcher.DispatcherComposeInterceptor[]) => ({
      dispatcher: balancedDispatcher({ users }).compose(...layers),
    })
    const decompressed = await request('http://users/', by(interceptors.decompress()))
    expect(await decompressed.body.text()).toBe('the same')
    const cached = by(interceptors.cache(), interceptors.decompress())
    asked = 0
    for (let i = 0; i < 3; i++)
      expect(await (await request('http://users/', cached)).body.text()).toBe('the same')
    expect(asked).toBe(1)
    const dumped = await request('http://users/', by(interceptors.dump({ maxSize: 1_000 })))
    expect(await dumped.body.text()).toBe('')
    const error = await rejection(request('http://users/gone', by(interceptors.responseError())))
    expect(error).toMatchObject({ code: 'UND_ERR_RESPONSE', statusCode: 404, body: 'gone' })
  })

  it.each(FETCHES)('are for the whole process, with %s', async (_, fetch) => {
    await using server = await echoServer()
    await using users = createBalancer({ endpoints: [server.url] })
    const seen: string[] = []
    const watch: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
      seen.push(`${options.origin}${options.path}`)
      return dispatch(options, handler)
    }
    await using _global = globally({ users }, (dispatcher) => dispatcher.compose(watch))
    for (const url of ['http://users/x', `${server.url}/y`]) expect((await fetch(url)).status).toBe(200)
    expect(seen).toEqual(['http://users/x', `${server.url}/y`])
  })
})

describe.each(FETCHES)('redirects of %s', (_, fetch) => {
  it('are followed above it, each as a request of its own', async () => {
    await using a = await leadingServer('a', '/to')
    await using b = await leadingServer('b', '/to')
    await using users = createBalancer({ endpoints: inTurn(a, b) })
    await using _global = globally({ users })
    const response = await fetch('http://users/from', { method: 'POST', body: 'kept' })
    expect(await response.text()).toBe('POST /to at a')
    expect(response).toMatchObject({ redirected: true, url: 'http://users/to' })
    expect((await fetch('http://users/from', { redirect: 'manual' })).status).toBe(307)
    await expect(fetch('http://users/from', { redirect: 'error' })).rejects.toThrow(TypeError)
    expect(users.snapshot().counts.calls).toBe(4)
    expect(users.snapshot().endpoints[0]).toMatchObject({ failures: 0 })
  })
})
