import { adaptiveLimit, type BalancerEvents, ringHash } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { answer, fleet, hang, outcomeOf, refuse, status } from '../support/fleet.js'
import { held, turn } from '../support/held.js'

const url = (id: string, more: object = {}) => ({ id, url: `http://${id}.test`, ...more })

describe('a limit for each endpoint', () => {
  it('passes over who is full, and refuses at once when all are', async () => {
    const a = held()
    const b = held()
    const { balancer, state, clock } = fleet(
      { a: a.does, b: b.does },
      { concurrency: { maxPerEndpoint: 2 }, policy: ringHash(), hashKey: () => 'the same' },
    )
    const calls = [1, 2, 3, 4].map((call) => balancer.fetch(`/${call}`))
    await turn()
    expect([a.most, b.most]).toEqual([2, 2])
    expect([state('a'), state('b')]).toEqual(['full', 'full'])
    const rejected: BalancerEvents['rejected'][] = []
    balancer.on('rejected', (event) => rejected.push(event))
    const { error } = await outcomeOf(balancer.fetch('/5'))
    expect(error).toMatchObject({ code: 'ERR_CONCURRENCY_LIMIT', attempts: [] })
    expect((error as Error).message).toBe(
      "GET /5 on 'fleet' failed: every endpoint that could be picked is full (4 attempts are in flight), and " +
        'there is no `concurrency.queue` to wait in (no attempt was made)',
    )
    expect(rejected).toEqual([
      {
        reason: 'limit',
        priority: 'default',
        inFlight: 4,
        limit: 4,
        queued: 0,
        waited: 0,
        chance: undefined,
      },
    ])
    expect(balancer.snapshot()).toMatchObject({
      concurrency: { inFlight: 4, limit: 4 },
      counts: { calls: 5, attempts: 4, rejected: 1, failures: 1 },
      endpoints: [
        { limit: 2, inFlight: 2, eligible: false, reason: expect.stringContaining('limit') },
        { limit: 2 },
      ],
    })
    await a.release()
    expect(state('a')).toBe('eligible')
    void balancer.fetch('/6')
    await turn()
    expect([a.waiting.length, b.waiting.length]).toEqual([2, 2])
    for (const server of [a, a, b, b]) await server.release()
    expect((await Promise.all(calls)).length).toBe(4)
    expect(clock.pending).toBe(0)
  })

  it('is no ill health: no panic, no ejection that leaves nobody, no lasting spill-over', async () => {
    const names = ['a', 'b', 'c', 'd']
    const { balancer, sent } = fleet(
      { a: hang, b: hang, c: hang, d: answer },
      {
        endpoints: names.map((id) => url(id, { priority: id === 'd' ? 1 : 0 })),
        concurrency: { maxPerEndpoint: 1 },
      },
    )
    let panics = 0
    balancer.on('panicstarted', () => panics++)
    for (let i = 0; i < 2; i++) void balancer.fetch('/').catch(() => {})
    await turn()
    expect(balancer.snapshot().priorities).toMatchObject([
      { load: 1, eligible: 3, total: 3 },
      { load: 0, eligible: 1 },
    ])
    // The third goes to the one of the first priority that is free, and only then does the second help out.
    void balancer.fetch('/').catch(() => {})
    await turn()
    expect(sent.sort()).toEqual(['a', 'b', 'c'])
    expect(await (await balancer.fetch('/')).text()).toBe('d')
    expect(balancer.snapshot()).toMatchObject({ panic: false, priorities: [{ load: 1 }, { load: 0 }] })
    expect(panics).toBe(0)
  })

  it('holds for a zone too: those that are farther away help out', async () => {
    const { balancer } = fleet(
      { near: hang, far: answer },
      {
        endpoints: [url('near', { zone: 'here' }), url('far', { zone: 'there' })],
        locality: { zone: 'here', overflow: Number.POSITIVE_INFINITY },
        concurrency: { maxPerEndpoint: 1 },
      },
    )
    void balancer.fetch('/').catch(() => {})
    expect(await (await balancer.fetch('/')).text()).toBe('far')
  })

  it('lets the fallback of a subset help out, without an event: nobody there is ill', async () => {
    const { balancer } = fleet(
      { canary: hang, stable: answer },
      {
        endpoints: [url('canary', { metadata: { version: 2 } }), url('stable', { metadata: { version: 1 } })],
        concurrency: { maxPerEndpoint: 1 },
        routes: [{ to: { version: 2 }, fallback: 'any' }],
      },
    )
    let fallbacks = 0
    balancer.on('fallbackstarted', () => fallbacks++)
    void balancer.fetch('/').catch(() => {})
    expect(await (await balancer.fetch('/')).text()).toBe('stable')
    expect(fallbacks).toBe(0)
  })

  it('counts leases by hand, and refuses those as well', () => {
    const { balancer } = fleet({ a: answer }, { concurrency: { maxPerEndpoint: 1, queue: {} } })
    const pick = balancer.pick()
    expect(() => balancer.pick()).toThrow(expect.objectContaining({ code: 'ERR_CONCURRENCY_LIMIT' }))
    pick.release()
    balancer.pick().release()
    expect(balancer.snapshot().counts).toMatchObject({ calls: 3, failures: 1, rejected: 1, queued: 0 })
  })

  it('holds for trials and last resorts as well', async () => {
    const { balancer, clock, does, state } = fleet(
      { a: status(500) },
      {
        retry: false,
        panicThreshold: 0,
        circuitBreaker: false,
        concurrency: { maxPerEndpoint: 1 },
        endpoints: [url('a'), url('b')],
        outlierDetection: { consecutiveFailures: 1, consecutiveGatewayFailures: 1 },
      },
    )
    does['b'] = status(500)
    await balancer.fetch('/')
    const out = state('a') === 'ejected' ? 'a' : 'b'
    balancer.setEndpoints([url(out)])
    does[out] = hang
    await clock.advance(5_000)
    void balancer.fetch('/trial').catch(() => {})
    await turn()
    expect(state(out)).toBe('trial-running')
    expect((await outcomeOf(balancer.fetch('/'))).error).toMatchObject({ code: 'ERR_CONCURRENCY_LIMIT' })
    expect(balancer.endpoints()[0]!.inFlight).toBe(1)
  })

  it('holds for copies of calls, which are not made then', async () => {
    const { balancer, clock, sent } = fleet(
      { live: answer, shadow: hang },
      {
        endpoints: [
          url('live', { metadata: { role: 'live' } }),
          url('shadow', { metadata: { role: 'shadow' } }),
        ],
        concurrency: { maxPerEndpoint: 1 },
        routes: [{ to: { role: 'live' }, mirror: { subset: { role: 'shadow' } } }],
      },
    )
    for (let i = 0; i < 3; i++) {
      await balancer.fetch('/')
      await clock.advance(1)
    }
    expect(sent.filter((id) => id === 'shadow')).toHaveLength(1)
    expect(balancer.snapshot().counts).toMatchObject({ mirrored: 1, mirrorsSkipped: 2, rejected: 0 })
  })

  it('adapts by what comes back', async () => {
    const { balancer, clock } = fleet(
      { a: status(429) },
      { retry: false, concurrency: { maxPerEndpoint: adaptiveLimit({ initial: 8 }) } },
    )
    expect(balancer.snapshot()).toMatchObject({ concurrency: { limit: 8 }, endpoints: [{ limit: 8 }] })
    for (let i = 0; i < 60; i++) {
      await balancer.fetch('/')
      await clock.advance(5)
    }
    expect(balancer.snapshot().endpoints[0]!.limit).toBe(2)
  })

  it('is kept by an endpoint that comes back while it is draining', async () => {
    const a = held()
    const { balancer, state } = fleet({ a: a.does }, { concurrency: { maxPerEndpoint: 1 } })
    const call = balancer.fetch('/')
    await turn()
    balancer.setEndpoints([])
    balancer.setEndpoints([url('a')])
    expect(state('a')).toBe('full')
    expect((await outcomeOf(balancer.fetch('/'))).error).toMatchObject({ code: 'ERR_CONCURRENCY_LIMIT' })
    await a.release()
    await call
    expect(state('a')).toBe('eligible')
  })
})

describe('a limit in all', () => {
  it('is one for attempts at all endpoints', async () => {
    const a = held()
    const { balancer } = fleet({ a: a.does, b: a.does }, { concurrency: { maxTotal: 3 } })
    const calls = Array.from({ length: 5 }, () => outcomeOf(balancer.fetch('/')))
    await turn()
    expect(a.most).toBe(3)
    for (let i = 0; i < 3; i++) await a.release()
    const errors = (await Promise.all(calls)).map(({ error }) => error as Error | undefined)
    expect(errors.filter(Boolean)).toHaveLength(2)
    expect(errors[4]?.message).toContain('3 attempts are in flight, and 3 may be')
  })

  it('counts an attempt until its body has been read, where those count', async () => {
    const { balancer } = fleet({ a: answer }, { completion: 'body', concurrency: { maxTotal: 1 } })
    const response = await balancer.fetch('/')
    expect((await outcomeOf(balancer.fetch('/'))).error).toMatchObject({ code: 'ERR_CONCURRENCY_LIMIT' })
    await response.text()
    expect(await (await balancer.fetch('/')).text()).toBe('a')
  })

  it('keeps a quarter of the room for calls that are not sheddable', async () => {
    const a = held()
    const { balancer } = fleet({ a: a.does }, { concurrency: { maxTotal: 4 } })
    const calls = Array.from({ length: 5 }, () =>
      outcomeOf(balancer.fetch('/', { balancer: { priority: 'sheddable' } })),
    )
    await turn()
    expect(a.waiting.length).toBe(3)
    expect(((await calls[3])!.error as Error).message).toContain('a sheddable call begins below 3')
    void outcomeOf(balancer.fetch('/important'))
    await turn()
    expect(a.waiting).toContain('/important')
  })
})

describe('a retry', () => {
  it('is not made when there is no room for it: the caller gets what there is', async () => {
    const { balancer, sent } = fleet({ a: status(503), b: answer }, { concurrency: { maxTotal: 1 } })
    balancer.once('attempt', () => void balancer.pick())
    const response = await balancer.fetch('/')
    expect([response.status, sent]).toEqual([503, ['a']])
    expect(balancer.snapshot().counts).toMatchObject({ retries: 0, rejected: 0, failures: 0 })
  })

  it('takes nothing out of the budget, nor puts anything in, for calls that were refused', async () => {
    const { balancer } = fleet(
      { a: hang },
      { concurrency: { maxTotal: 1 }, retry: { budget: { ratio: 1, minPerSecond: 0 } } },
    )
    void balancer.fetch('/').catch(() => {})
    for (let i = 0; i < 10; i++) await outcomeOf(balancer.fetch('/'))
    expect(balancer.snapshot().retryBudget.balance).toBe(1)
  })

  it('is a share of calls, and not of attempts', async () => {
    const { balancer } = fleet(
      { a: refuse, b: answer },
      { policy: ringHash(), hashKey: ({ path }) => path, retry: { budget: { ratio: 1, minPerSecond: 0 } } },
    )
    const before = balancer.snapshot().retryBudget.balance
    for (let i = 0; i < 8; i++) await balancer.fetch(`/${i}`)
    const { calls, retries } = balancer.snapshot().counts
    expect(balancer.snapshot().retryBudget.balance).toBe(before + calls - retries)
    expect(retries).toBeGreaterThan(0)
  })

  it('still finds the one endpoint that lives, and has room', async () => {
    const { balancer } = fleet(
      { a: refuse, b: refuse, c: answer },
      { concurrency: { maxPerEndpoint: 1, maxTotal: 2 } },
    )
    expect(await (await balancer.fetch('/')).text()).toBe('c')
  })
})

describe('throttling', () => {
  it('refuses before anything is sent, and says why', async () => {
    const { balancer, sent, clock } = fleet(
      { a: status(503) },
      {
        retry: false,
        circuitBreaker: false,
        outlierDetection: false,
        throttle: { window: 1_000 },
      },
    )
    const rejected: BalancerEvents['rejected'][] = []
    balancer.on('rejected', (event) => rejected.push(event))
    const errors: unknown[] = []
    for (let i = 0; i < 100; i++) {
      const { error } = await outcomeOf(balancer.fetch('/'))
      if (error !== undefined) errors.push(error)
      await clock.advance(5)
    }
    expect(errors.length).toBeGreaterThan(70)
    expect(sent.length).toBe(100 - errors.length)
    expect(errors[0]).toMatchObject({ code: 'ERR_THROTTLED', attempts: [] })
    expect((errors[0] as Error).message).toMatch(
      /of \d+ attempts of the last 1 s the service accepted 0, so \d+ % of default calls are not sent/,
    )
    expect(rejected.length).toBe(errors.length)
    expect(rejected[0]).toMatchObject({ reason: 'throttled', chance: expect.any(Number) })
    expect(balancer.snapshot()).toMatchObject({
      throttle: { requests: 100, accepts: 0, share: 0.9 },
      counts: { calls: 100, throttled: errors.length, rejected: 0 },
    })
    expect(() => {
      for (let i = 0; i < 50; i++) balancer.pick({ priority: 'sheddable' }).release()
    }).toThrow(expect.objectContaining({ code: 'ERR_THROTTLED' }))
    await clock.advance(1_000)
    balancer.pick().release()
  })
})

describe('options', () => {
  const make = (concurrency: unknown, throttle?: unknown) => () =>
    fleet({ a: answer }, { concurrency, throttle } as never)

  it.each([
    [{}, /`concurrency`: got an empty object; allowed is an object with maxPerEndpoint, maxTotal or both/],
    [{ maxPerEndpoint: 0 }, /`concurrency\.maxPerEndpoint`: got 0/],
    [{ maxPerEndpoint: '5' }, /allowed is a whole number of at least 1, or adaptiveLimit\(\)/],
    [{ maxTotal: 1.5 }, /`concurrency\.maxTotal`: got 1\.5/],
    [{ maxTotal: 1, queue: { size: 0 } }, /`concurrency\.queue\.size`/],
    [{ maxTotal: 1, queue: { order: 'random' } }, /`concurrency\.queue\.order`/],
    [{ maxTotal: 1, queue: { timeout: 0 } }, /`concurrency\.queue\.timeout`/],
    [{ maxTotal: 1, wait: 3 }, /`concurrency\.wait`: there is no such option/],
  ])('refuses concurrency: %j', (given, message) => {
    expect(make(given)).toThrow(message)
  })

  it.each([
    [{ ratio: 0.5 }, /`throttle\.ratio`/],
    [{ window: 0 }, /`throttle\.window`/],
    [{ minPerSecond: -1 }, /`throttle\.minPerSecond`/],
  ])('refuses throttle: %j', (given, message) => {
    expect(make(undefined, given)).toThrow(message)
  })

  it.each([
    [{ min: 0 }, /`adaptiveLimit\.min`/],
    [{ min: 5, max: 4 }, /`adaptiveLimit\.max`: got 4; allowed is at least min, 5/],
    [{ initial: 5, max: 4 }, /`adaptiveLimit\.initial`: got 5; allowed is from min, 1, to max, 4/],
    [{ tolerance: 0.5 }, /`adaptiveLimit\.tolerance`/],
  ])('refuses adaptiveLimit(%j)', (given, message) => {
    expect(() => adaptiveLimit(given)).toThrow(message)
  })

  it('takes false for none, and refuses a priority that there is not', async () => {
    const { balancer } = fleet({ a: answer }, { concurrency: false, throttle: false })
    await balancer.fetch('/')
    expect(balancer.snapshot()).not.toHaveProperty('concurrency')
    await expect(balancer.fetch('/', { balancer: { priority: 'urgent' as never } })).rejects.toThrow(
      /`balancer\.priority`: got "urgent"; allowed is 'critical' or 'default' or 'sheddable'/,
    )
  })
})
