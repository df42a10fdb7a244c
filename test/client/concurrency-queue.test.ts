import type { BalancerEvents, BalancerOptions, QueueOptions } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { answer, fleet, outcomeOf, refuse, status } from '../support/fleet.js'
import { held, turn } from '../support/held.js'

const url = (id: string, more: object = {}) => ({ id, url: `http://${id}.test`, ...more })

/** One server, of which one call at a time may be made. */
function one(queue: QueueOptions, options: Partial<BalancerOptions> = {}) {
  const server = held()
  const made = fleet({ a: server.does }, { concurrency: { maxTotal: 1, queue }, ...options })
  const rejected: string[] = []
  const done: string[] = []
  made.balancer.on('rejected', ({ reason, priority }) => rejected.push(`${reason} ${priority}`))
  const call = (path: string, balancer: object = {}, init: RequestInit = {}) => {
    const outcome = outcomeOf(made.balancer.fetch(`/${path}`, { ...init, balancer }))
    void outcome.then(({ error }) => done.push(error === undefined ? path : `${path} failed`))
    return outcome
  }
  return { ...made, server, rejected, done, call }
}

const queued = (balancer: { snapshot(): { concurrency?: { queue?: object } } }) =>
  balancer.snapshot().concurrency?.queue

describe('the queue', () => {
  it('lets calls wait, and on in their order, each when another has ended', async () => {
    const { balancer, server, call, clock, done } = one({ order: 'fifo' })
    for (const path of ['1', '2', '3']) void call(path)
    await turn()
    expect(server.waiting).toEqual(['/1'])
    await clock.advance(30)
    expect(queued(balancer)).toEqual({ order: 'fifo', size: 100, queued: 2, oldest: 30, pressed: false })
    await server.release()
    expect(server.waiting).toEqual(['/2'])
    await server.release()
    await server.release()
    expect(done).toEqual(['1', '2', '3'])
    expect(queued(balancer)).toEqual({ order: 'fifo', size: 100, queued: 0, pressed: false })
    expect(balancer.snapshot().counts).toMatchObject({ queued: 2, rejected: 0, failures: 0 })
    expect(clock.pending).toBe(0)
  })

  it('gives room to nobody who comes later than those who wait', async () => {
    const { server, call, done } = one({ order: 'fifo' })
    const first = call('1')
    void call('2')
    await turn()
    // In the same instant as the first ends, before anything else has happened.
    void first.then(() => call('3'))
    await server.release()
    await turn()
    expect(server.waiting).toEqual(['/2'])
    await server.release()
    await server.release()
    expect(done).toEqual(['1', '2', '3'])
  })

  it('lets the newest on first, if asked to, and takes it in for the oldest when it is full', async () => {
    const { server, call, done, rejected } = one({ order: 'lifo', size: 2 })
    for (const path of ['1', '2', '3', '4']) void call(path)
    await turn()
    for (let i = 0; i < 3; i++) await server.release()
    expect(done).toEqual(['2 failed', '1', '4', '3'])
    expect(rejected).toEqual(['displaced default'])
  })

  it('refuses at once when it is full, with what there is to know', async () => {
    const { call, balancer } = one({ order: 'fifo', size: 2 })
    for (const path of ['1', '2', '3']) void call(path)
    const { error } = await call('4')
    expect(error).toMatchObject({ code: 'ERR_CONCURRENCY_LIMIT' })
    expect((error as Error).message).toBe(
      "GET /4 on 'fleet' failed: 1 attempts are in flight, and 1 may be, and 2 of at most 2 calls wait already " +
        '(no attempt was made)',
    )
    expect(balancer.snapshot().counts).toMatchObject({ rejected: 1, queued: 2, failures: 1 })
  })

  it('is left by who has waited for too long, or until the deadline of the call', async () => {
    const { call, clock, rejected, balancer } = one({ timeout: 500 }, { timeout: { attempt: 5_000 } })
    const events: BalancerEvents['rejected'][] = []
    balancer.on('rejected', (event) => events.push(event))
    void call('1')
    const slow = call('2')
    const short = call('3', { timeout: { total: 200 } })
    await clock.advance(200)
    expect((await short).error).toMatchObject({
      code: 'ERR_DEADLINE_EXCEEDED',
      message: expect.stringContaining('its total timeout is over after 200 ms of waiting'),
    })
    await clock.advance(300)
    expect((await slow).error).toMatchObject({
      code: 'ERR_CONCURRENCY_LIMIT',
      message: expect.stringContaining('waited for 500 ms (`concurrency.queue.timeout` is 500)'),
    })
    expect(rejected).toEqual(['deadline default', 'timeout default'])
    expect(events.map(({ waited }) => waited)).toEqual([200, 500])
    expect(queued(balancer)).toMatchObject({ queued: 0 })
  })

  it('is left by who gives up, with the reason of that', async () => {
    const { call, server, clock, done } = one({})
    const controller = new AbortController()
    void call('1')
    const given = call('2', {}, { signal: controller.signal })
    void call('3')
    await turn()
    controller.abort('changed my mind')
    expect((await given).error).toBe('changed my mind')
    await server.release()
    await server.release()
    expect(done).toEqual(['2 failed', '1', '3'])
    expect(clock.pending).toBe(0)
  })

  it('gives back at once what comes in the instant in which the caller gives up', async () => {
    const { call, server, balancer } = one({})
    const controller = new AbortController()
    void call('1')
    const given = call('2', {}, { signal: controller.signal })
    const last = call('3')
    await turn()
    // The place is given on, and the caller gives up before it can be used.
    balancer.once('attempt', () => queueMicrotask(() => controller.abort('too late')))
    await server.release()
    expect((await given).error).toBe('too late')
    await turn()
    expect(server.waiting).toEqual(['/3'])
    await server.release()
    expect((await last).value?.status).toBe(200)
    // It was never sent, and so is no attempt.
    const { counts, endpoints } = balancer.snapshot()
    expect([counts.attempts, endpoints[0]!.calls, endpoints[0]!.inFlight]).toEqual([2, 2, 0])
  })

  it('is emptied by close()', async () => {
    const { call, server, balancer, clock } = one({})
    void call('1')
    const waiting = call('2')
    await turn()
    const closed = balancer.close()
    expect((await waiting).error).toMatchObject({ code: 'ERR_CLOSED' })
    await server.release()
    await closed
    expect(clock.pending).toBe(0)
  })

  it('is not for calls that find no endpoint for another reason', async () => {
    const { call, balancer } = one({})
    void call('1')
    await turn()
    balancer.setEndpoints([])
    expect((await call('2')).error).toMatchObject({ code: 'ERR_NO_ENDPOINTS' })
  })
})

describe('those who wait', () => {
  const wait = async (options: Partial<BalancerOptions>, does = {}) => {
    const server = held()
    const made = fleet(
      { a: server.does, b: answer, ...does },
      { endpoints: [url('a')], concurrency: { maxPerEndpoint: 1, queue: {} }, ...options },
    )
    const first = outcomeOf(made.balancer.fetch('/1'))
    await turn()
    const second = outcomeOf(made.balancer.fetch('/2'))
    await turn()
    return { ...made, server, first, second }
  }

  it('are let on when an endpoint joins', async () => {
    const { balancer, second } = await wait({})
    balancer.setEndpoints([url('a'), url('b')])
    expect(await (await second).value?.text()).toBe('b')
  })

  it('are told when nobody is left who could have room', async () => {
    const { balancer, second } = await wait({})
    balancer.setEndpoints([])
    expect((await second).error).toMatchObject({ code: 'ERR_NO_ENDPOINTS' })
  })

  it('are let on when an endpoint has rested, though nothing else happens', async () => {
    const { second, clock, sent } = await (async () => {
      const server = held()
      const made = fleet(
        { a: server.does, b: status(429, { 'retry-after': '1' }) },
        { retry: false, concurrency: { maxPerEndpoint: 1, queue: { timeout: 5_000 } } },
      )
      // Until both have had one: a is busy, and b has asked for a pause.
      for (let i = 0; i < 2; i++) void outcomeOf(made.balancer.fetch(`/${i}`))
      await turn()
      made.does['b'] = answer
      return { ...made, second: outcomeOf(made.balancer.fetch('/waits')) }
    })()
    expect(sent.sort()).toEqual(['a', 'b'])
    await clock.advance(900)
    expect(sent).toHaveLength(2)
    await clock.advance(200)
    expect(await (await second).value?.text()).toBe('b')
    expect(clock.pending).toBeLessThanOrEqual(1)
  })

  it('are let on when health checks find an endpoint well', async () => {
    let well = false
    const { balancer, second, clock } = await wait({
      endpoints: [url('a'), url('b')],
      concurrency: { maxPerEndpoint: 1, queue: { timeout: 20_000 } },
      healthCheck: { check: ({ id }) => id === 'a' || well, fall: 1, rise: 1, interval: 1_000 },
    })
    void second
    await clock.advance(2_000)
    const waiting = outcomeOf(balancer.fetch('/3'))
    await turn()
    well = true
    await clock.advance(3_000)
    expect((await waiting).value?.status).toBe(200)
  })

  it('do not hold up those whose endpoints are free', async () => {
    const server = held()
    const { balancer } = fleet(
      { a: server.does, b: server.does },
      {
        endpoints: [url('a', { metadata: { part: 1 } }), url('b', { metadata: { part: 2 } })],
        concurrency: { maxPerEndpoint: 1, queue: { order: 'fifo' } },
      },
    )
    const call = (path: string, part: number) =>
      balancer.fetch(path, { balancer: { subset: { part } } }).catch(() => {})
    void call('/1a', 1)
    void call('/2a', 2)
    for (const path of ['/1b', '/1c', '/1d']) void call(path, 1)
    void call('/2b', 2)
    await turn()
    expect(server.waiting).toEqual(['/1a', '/2a'])
    await server.release()
    expect(server.waiting).toEqual(['/2a', '/1b'])
    await server.release()
    expect(server.waiting).toEqual(['/1b', '/2b'])
  })

  it('share the last resort one after the other, when all are unhealthy', async () => {
    const server = held()
    const { balancer, clock, state } = fleet(
      { a: server.does },
      {
        concurrency: { maxPerEndpoint: 1, queue: {} },
        healthCheck: { check: () => false, fall: 1, interval: 60_000 },
      },
    )
    const first = outcomeOf(balancer.fetch('/1'))
    await clock.advance(10)
    expect(state('a')).toBe('unhealthy')
    const others = ['/2', '/3', '/4'].map((path) => outcomeOf(balancer.fetch(path)))
    for (let i = 0; i < 4; i++) {
      await turn()
      expect(server.waiting).toHaveLength(1)
      await server.release()
    }
    const statuses = (await Promise.all([first, ...others])).map(({ value }) => value?.status)
    expect(statuses).toEqual([200, 200, 200, 200])
  })

  it('include retries, which keep their deadline and what they have tried', async () => {
    const server = held()
    const { balancer, sent, clock } = fleet(
      { a: refuse, b: server.does },
      {
        concurrency: { maxPerEndpoint: 1, queue: {} },
        endpoints: [url('b')],
        outlierDetection: { consecutiveLocalOriginFailures: 1 },
      },
    )
    void balancer.fetch('/1').catch(() => {})
    await turn()
    balancer.setEndpoints([url('a'), url('b')])
    const call = outcomeOf(balancer.fetch('/2'))
    await turn()
    expect(sent).toEqual(['b', 'a'])
    await clock.advance(30)
    await server.release()
    expect(server.waiting).toEqual(['/2'])
    await server.release()
    expect((await call).value?.status).toBe(200)
    expect(balancer.snapshot().counts).toMatchObject({ retries: 1, queued: 1 })
  })
})

describe('priorities', () => {
  it('go first, and take the places of lesser ones when the queue is full', async () => {
    const { call, server, done, rejected } = one({ order: 'fifo', size: 3 })
    void call('1')
    await turn()
    void call('s1', { priority: 'sheddable' })
    void call('s2', { priority: 'sheddable' })
    void call('d1')
    void call('c1', { priority: 'critical' })
    void call('d2')
    void call('d3')
    void call('c2', { priority: 'critical' })
    void call('s3', { priority: 'sheddable' })
    await turn()
    expect(done.sort()).toEqual(['d2 failed', 'd3 failed', 's1 failed', 's2 failed', 's3 failed'])
    done.length = 0
    for (let i = 0; i < 4; i++) await server.release()
    expect(done).toEqual(['1', 'c1', 'c2', 'd1'])
    expect(rejected.sort()).toEqual([
      'displaced default',
      'displaced sheddable',
      'displaced sheddable',
      'limit default',
      'limit sheddable',
    ])
  })
})

describe('under pressure', () => {
  it('the newest goes first and nobody waits for long, until the queue has been empty', async () => {
    const { call, server, clock, done, balancer } = one({ timeout: 1_000, size: 10 })
    void call('busy')
    void call('early')
    await clock.advance(900)
    void call('later')
    await server.release()
    // It has not been empty for a second: from now on they wait 50 ms.
    await clock.advance(150)
    expect(queued(balancer)).toMatchObject({ queued: 1, pressed: true })
    void call('old')
    void call('new')
    await turn()
    await server.release()
    expect(server.waiting).toEqual(['/new'])
    await clock.advance(50)
    expect(done).toEqual(['busy', 'early', 'old failed'])
    await server.release()
    expect(server.waiting).toEqual(['/later'])
    expect(queued(balancer)).toMatchObject({ queued: 0, pressed: false })
    void call('calm 1')
    void call('calm 2')
    await clock.advance(100)
    await server.release()
    expect(server.waiting).toEqual(['/calm%201'])
  })
})
