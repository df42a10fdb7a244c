import { createServer } from 'node:http'
import { roundRobin } from 'evenkeel'
import { createBalancer, undiciTransport } from 'evenkeel/node'
import { describe, expect, it } from 'vitest'
import { eventually } from '../../integration/eventually.ts'
import { rejection } from '../../integration/rejection.ts'
import { blackHoleServer } from '../../support/servers/black-hole-server.ts'
import { certificate } from '../../support/servers/certificate.ts'
import { heldServer } from '../../support/servers/held-server.ts'
import { LocalServer } from '../../support/servers/local-server.ts'
import { refusingEndpoint } from '../../support/servers/refusing-endpoint.ts'
import { secureHttp2Server } from '../../support/servers/secure-http2-server.ts'

const POST = { method: 'POST', body: 'once' }

/** Takes what it is sent. */
function takingServer(): Promise<LocalServer> {
  const server: LocalServer = new LocalServer(
    createServer((request, response) => {
      server.hits++
      request.resume().on('end', () => response.end('taken'))
    }),
  )
  return server.listen()
}

describe('what was certainly never sent', () => {
  it.each([
    [
      'as the connection is late',
      { connectTimeout: 50 },
      {},
      /No connection to 127\.0\.0\.1:\d+ within 50 ms/,
    ],
    ['as the attempt is late while it waits for one', {}, { attempt: 80 }, /No answer within 80 ms/],
  ])('is sent again whatever its method: %s', async (_, options, timeout, why) => {
    await using silent = await blackHoleServer()
    await using good = await takingServer()
    await using balancer = createBalancer({
      endpoints: [silent, good].map((server) =>
        server === silent ? `https://127.0.0.1:${server.port}` : server.url,
      ),
      policy: roundRobin(),
      timeout,
      transport: undiciTransport(options),
    })
    const told: unknown[] = []
    balancer.on('attempt', ({ kind, progress, error }) =>
      told.push({ kind, progress, error: `${(error as Error)?.cause ?? error}` }),
    )
    for (let i = 0; i < 2; i++) expect(await (await balancer.fetch('/', POST)).text()).toBe('taken')
    expect(good.hits).toBe(2)
    expect(told).toContainEqual({
      kind: expect.any(String),
      progress: 'unsent',
      error: expect.stringMatching(why),
    })
  })

  it('is told from what may have been', async () => {
    await using silent = await blackHoleServer()
    await using balancer = createBalancer({ endpoints: [silent.url], timeout: { attempt: 80 } })
    const error = await rejection(balancer.fetch('/', POST))
    expect(error).toMatchObject({
      code: 'ERR_ATTEMPT_TIMEOUT',
      attempts: [{ kind: 'timeout', progress: 'sent' }],
    })
    expect(silent.hits).toBe(1)
  })

  it('is not what led somewhere that cannot be reached', async () => {
    await using refusing = await refusingEndpoint()
    let posts = 0
    await using leading = await new LocalServer(
      createServer((request, response) => {
        posts++
        request.resume().on('end', () => response.writeHead(303, { location: refusing.url }).end())
      }),
    ).listen()
    await using balancer = createBalancer({ endpoints: [leading.url] })
    expect(await rejection(balancer.fetch('/', POST))).toMatchObject({
      attempts: [{ kind: 'unreachable', progress: 'sent' }],
      cause: { cause: { code: 'ECONNREFUSED' } },
    })
    expect(posts).toBe(1)
  })

  it('is known with the signal of the caller, too', async () => {
    await using silent = await blackHoleServer()
    await using balancer = createBalancer({
      endpoints: [`https://127.0.0.1:${silent.port}`],
      timeout: { attempt: 50 },
      retry: { attempts: 2 },
    })
    const { signal } = new AbortController()
    const error = await rejection(balancer.fetch('/', { ...POST, signal }))
    const never = { kind: 'timeout', progress: 'unsent' }
    expect(error).toMatchObject({ attempts: [never, never] })
  })
})

describe('times of an attempt', () => {
  it('are told apart: the connection, the headers, the end', async () => {
    await using server = await heldServer()
    await using balancer = createBalancer({ endpoints: [server.url] })
    const timings: unknown[] = []
    balancer.on('attempt', ({ timing }) => timings.push(timing))
    const call = balancer.fetch('/')
    const { response } = await server.next()
    response.write('the first half, ')
    const answer = await call
    expect(timings).toEqual([])
    expect(balancer.endpoints()[0]?.inFlight).toBe(1)
    response.end('and the second')
    await answer.text()
    await eventually(() => timings.length).toBe(1)
    const [{ connected, headers, end }] = timings as [Record<string, number>]
    expect(connected).toBeGreaterThan(0)
    expect(headers).toBeGreaterThan(connected as number)
    expect(end).toBeGreaterThan(headers as number)
    expect(balancer.endpoints()[0]?.inFlight).toBe(0)
  })
})

describe('a call that is given up', () => {
  it('while it waits for a connection does not take it when it comes', async () => {
    await using server = await heldServer()
    const transport = undiciTransport({ maxConnections: 1 })
    await using balancer = createBalancer({ endpoints: [server.url], transport })
    const first = balancer.fetch('/first')
    const { response, request } = await server.next()
    const controller = new AbortController()
    const given = Array.from({ length: 5 }, () =>
      rejection(balancer.fetch('/second', { signal: controller.signal })),
    )
    const third = balancer.fetch('/third')
    controller.abort(new Error('no more'))
    for (const error of await Promise.all(given)) expect(error).toMatchObject({ message: 'no more' })
    response.end('one')
    expect(await (await first).text()).toBe('one')
    const { request: last, response: answer } = await server.next()
    expect(last.url).toBe('/third')
    // Nor does it cost the connection.
    expect(last.socket).toBe(request.socket)
    answer.end('three')
    expect(await (await third).text()).toBe('three')
    expect(server.hits).toBe(2)
  })

  it('does not take it from HTTP/2 either', async () => {
    const served: string[] = []
    const held: (() => void)[] = []
    await using server = await secureHttp2Server((request, response) => {
      served.push(request.url)
      if (request.url === '/first') held.push(() => response.end())
      else response.end()
    })
    const transport = undiciTransport({ maxConnections: 1, tls: { ca: certificate.cert } })
    await using balancer = createBalancer({ endpoints: [server.url], transport })
    const controller = new AbortController()
    // More than undici has under way at a time.
    const under = Array.from({ length: 100 }, () => balancer.fetch('/first'))
    const given = Array.from({ length: 20 }, () =>
      rejection(balancer.fetch('/second', { signal: controller.signal })),
    )
    const third = balancer.fetch('/third')
    await eventually(() => served.length).toBe(100)
    controller.abort()
    await Promise.all(given)
    for (const end of held) end()
    for (const call of under) await (await call).text()
    await (await third).text()
    expect(served.filter((path) => path !== '/first')).toEqual(['/third'])
    expect(server.connections).toBe(1)
  })
})

describe('what is wrong with a request', () => {
  it('is held against nobody: a length that is not that of the body', async () => {
    await using server = await takingServer()
    await using balancer = createBalancer({ endpoints: [server.url] })
    const call = balancer.fetch('/', { method: 'PUT', body: 'x', headers: { 'content-length': '2' } })
    expect(await rejection(call)).toMatchObject({ cause: { code: 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH' } })
    expect(balancer.snapshot().endpoints[0]).toMatchObject({ calls: 1, failures: 0 })
  })
})
