import { type Balancer, type CheckEndpoint, type HttpCheckOptions, httpCheck, roundRobin } from 'evenkeel'
import { describe, expect, it, test } from 'vitest'
import { type HealthAnswer, healthServer, says } from '../support/servers/health-server.ts'
import { refusingEndpoint } from '../support/servers/refusing-endpoint.ts'
import { serverProcess } from '../support/servers/server-process.ts'
import { eventually } from './eventually.ts'
import { watchedBalancer } from './watched-balancer.ts'

const SOON = { interval: 20, fastInterval: 20, idleInterval: 20, jitter: 0, rise: 1, fall: 1 } as const

const checkOf = (balancer: Balancer, at = 0) => balancer.snapshot().endpoints[at]?.check

/** What a check says of a server that answers so, and what was wrong. */
async function verdictOn(answer: HealthAnswer, options: HttpCheckOptions = {}) {
  await using server = await healthServer(answer)
  const healthCheck = httpCheck({ path: '/healthz', ...SOON, timeout: 5_000, ...options })
  await using watched = watchedBalancer({ endpoints: [server.url], healthCheck })
  await watched.balancer.ready()
  await eventually(() => checkOf(watched.balancer)?.healthy).toBeTypeOf('boolean')
  const { healthy, error = '' } = checkOf(watched.balancer) ?? {}
  return { healthy, error: error.replaceAll(server.url, '') }
}

const endless: HealthAnswer = (_, response) => {
  response.writeHead(200)
  const write = () => {
    if (!response.destroyed) response.write('x'.repeat(4_096), write)
  }
  write()
}

const stuck: HealthAnswer = (_, response) => void response.writeHead(200).write('still ')

const inTwo: HealthAnswer = (_, response) => {
  response.write(Buffer.from('grü').subarray(0, 3))
  setImmediate(() => response.end(Buffer.concat([Buffer.from('grü').subarray(3), Buffer.from('n')])))
}

const cutOff: HealthAnswer = (_, response) => {
  response.writeHead(200, { 'content-length': '100' })
  response.write('half', () => response.destroy())
}

describe('httpCheck', () => {
  it.each<[string, HealthAnswer, HttpCheckOptions]>([
    ['status 200', says(200), {}],
    ['status 204', says(204), {}],
    ['a redirect, which it does not follow', says(302, '', { location: 'http://127.0.0.1:1/' }), {}],
    ['a status that is expected', says(503), { status: 503 }],
    ['one of those that are', says(429), { status: [200, 429] }],
    ['a body that contains what is expected', says(200, '{"status":"UP"}'), { body: '"UP"' }],
    ['one that matches', says(200, 'load: 0.71'), { body: /load: 0\.\d+/g }],
    ['one that comes in pieces', inTwo, { body: 'grün' }],
    ['a body that never ends, when it is not looked at', endless, {}],
  ])('takes %s for health', async (_, answer, options) => {
    expect(await verdictOn(answer, options)).toEqual({ healthy: true, error: '' })
  })

  it.each<[string, HealthAnswer, HttpCheckOptions, RegExp]>([
    ['status 500', says(500), {}, /^Error: GET \/healthz was answered with status 500$/],
    ['status 404', says(404), {}, /404/],
    ['a status that is not expected', says(204), { status: 200 }, /204/],
    [
      'a body without what is expected',
      says(200, 'DOWN'),
      { body: 'UP' },
      /body of \/healthz does not contain UP$/,
    ],
    ['no body at all', says(204), { body: 'UP' }, /does not contain/],
    ['a body that never comes to it', endless, { body: 'UP' }, /does not contain/],
    [
      'a body that gets stuck',
      stuck,
      { body: 'well', timeout: 100 },
      /TimeoutError: no result within 100 ms/,
    ],
    ['an answer that does not come', () => {}, { timeout: 100 }, /TimeoutError: no result within 100 ms/],
    ['a body that breaks off', cutOff, { body: 'whole' }, /terminated/],
    ['a connection that breaks', (_, response) => response.destroy(), {}, /fetch failed/],
  ])('takes %s for illness', async (_, answer, options, error) => {
    expect(await verdictOn(answer, options)).toEqual({ healthy: false, error: expect.stringMatching(error) })
  })

  it('asks for what it is told to, whatever the base path of the endpoint, and sends no more than it is given', async () => {
    const seen: unknown[] = []
    await using server = await healthServer(({ method, url, headers }, response) => {
      seen.push([method, url, headers['x-probe'], headers['authorization']])
      response.end()
    })
    const healthCheck = httpCheck({
      ...{ path: '/healthz?deep=1', method: 'head', headers: { 'X-Probe': 'yes' } },
      ...SOON,
      interval: 60_000,
    })
    await using watched = watchedBalancer({ endpoints: [`${server.url}/api/v1/`], healthCheck })
    await watched.balancer.ready()
    await eventually(() => seen.length).toBe(1)
    expect(seen).toEqual([['HEAD', '/healthz?deep=1', 'yes', undefined]])
    expect(watched.balancer.snapshot().healthCheck).toEqual({ name: 'HEAD /healthz?deep=1' })
  })

  it('asks on another port', async () => {
    await using health = await healthServer(says(200))
    await using server = await healthServer(says(500))
    const healthCheck = httpCheck({ path: '/healthz', port: health.port, ...SOON })
    await using watched = watchedBalancer({ endpoints: [server.url], healthCheck })
    await watched.balancer.ready()
    await eventually(() => checkOf(watched.balancer)?.healthy).toBe(true)
    expect([health.checks > 0, server.checks]).toEqual([true, 0])
  })

  it('says so of an endpoint that it cannot ask', async () => {
    const healthCheck = httpCheck(SOON)
    await using watched = watchedBalancer({ endpoints: ['redis://127.0.0.1:6379'], healthCheck })
    await watched.balancer.ready()
    await eventually(() => checkOf(watched.balancer)?.error).toBe(
      'Error: httpCheck cannot ask redis://127.0.0.1:6379: it is not http(s)',
    )
  })

  it('leaves no sockets behind, though it reads no bodies', async () => {
    await using server = await healthServer(endless)
    await using watched = watchedBalancer({
      endpoints: [server.url],
      healthCheck: httpCheck({ path: '/healthz', ...SOON }),
    })
    await watched.balancer.ready()
    await eventually(() => server.checks).toBeGreaterThan(20)
    expect(server.connections).toBeLessThanOrEqual(3)
    // Nothing that it waits for keeps the process alive.
    expect(watched.leftovers()).toEqual({ inFlight: 0, timers: 0 })
    await watched.balancer.close()
    await eventually(() => server.connections).toBe(0)
  })
})

test('a check of your own leaves no sockets behind, whatever it does with its answers', async () => {
  await using server = await healthServer(endless)
  const check: CheckEndpoint = async ({ url }, { send }) => {
    await Promise.all([send(`${url}/healthz`), send(`${url}/healthz`)])
  }
  await using watched = watchedBalancer({ endpoints: [server.url], healthCheck: { check, ...SOON } })
  await watched.balancer.ready()
  await eventually(() => server.checks).toBeGreaterThan(20)
  await eventually(() => server.connections).toBeLessThanOrEqual(4)
  await watched.balancer.close()
  await eventually(() => server.connections).toBe(0)
})

describe('with health checks', () => {
  it('a server that says that it is about to go gets no more calls, and gets them again when it is back', async () => {
    await using a = await healthServer(says(200))
    await using b = await healthServer(says(200))
    const healthCheck = httpCheck({ path: '/healthz', ...SOON })
    await using watched = watchedBalancer({ endpoints: [a.url, b.url], policy: roundRobin(), healthCheck })
    const { balancer } = watched
    const call = async (times: number) => {
      for (let i = 0; i < times; i++) expect(await (await balancer.fetch('/')).text()).toBe('served')
    }
    await call(4)
    expect([a.hits, b.hits]).toEqual([2, 2])
    a.says = says(503)
    await eventually(() => balancer.snapshot().endpoints[0]?.state).toBe('unhealthy')
    await call(4)
    expect([a.hits, b.hits]).toEqual([2, 6])
    a.says = says(200)
    await eventually(() => balancer.snapshot().endpoints[0]?.state).toBe('eligible')
    await call(4)
    expect([a.hits, b.hits]).toEqual([4, 8])
  })

  it('an endpoint that nobody listens at is known before the first call', async () => {
    await using server = await healthServer(says(200))
    await using dead = await refusingEndpoint()
    const healthCheck = httpCheck({ path: '/healthz', ...SOON, beforeTraffic: true })
    await using watched = watchedBalancer({
      endpoints: [dead.url, server.url],
      policy: roundRobin(),
      healthCheck,
    })
    const { balancer } = watched
    const attempts: string[] = []
    balancer.on('attempt', ({ endpoint }) => attempts.push(endpoint.url))
    for (let i = 0; i < 6; i++) await (await balancer.fetch('/')).text()
    expect(attempts).toEqual(Array(6).fill(server.url))
  })

  it('a server that was killed is back long before its ejection would be over', {
    timeout: 30_000,
  }, async () => {
    await using a = await serverProcess('a')
    await using b = await serverProcess('b')
    await using watched = watchedBalancer({
      endpoints: [a.url, b.url],
      policy: roundRobin(),
      outlierDetection: { baseEjectionTime: 300_000 },
      circuitBreaker: { resetTimeout: 300_000 },
      healthCheck: httpCheck({ ...SOON, fall: 1_000 }),
    })
    const { balancer } = watched
    const stateOfA = () => balancer.snapshot().endpoints[0]?.state
    await balancer.fetch('/item')
    await a.kill()
    while (stateOfA() === 'eligible') await (await balancer.fetch('/item')).text()
    await eventually(() => checkOf(balancer)?.error).toMatch(/fetch failed/)
    await a.start()
    await eventually(stateOfA).toBe('trial-due')
    await (await balancer.fetch('/item')).text()
    expect(stateOfA()).toBe('eligible')
  })
})
