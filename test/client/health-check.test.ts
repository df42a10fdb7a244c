import { type BalancerEvents, type CheckEndpoint, type HealthCheck, roundRobin } from 'evenkeel'
import { describe, expect, it, vi } from 'vitest'
import { answer, breakOff, elapse, type Fleet, fleet, outcomeOf, status } from '../support/fleet.js'

/** A check that goes by what the test says, and counts. */
function checks(ill: Set<string>) {
  const made: string[] = []
  const check: CheckEndpoint = ({ id }) => {
    made.push(id)
    if (ill.has(id)) throw new Error(`${id} is ill`)
  }
  return { ill, made, check }
}

const QUIET = { jitter: 0, idleInterval: 5_000 } satisfies Partial<HealthCheck>

async function call({ balancer, clock }: Fleet): Promise<unknown> {
  const { value, error } = await elapse(clock, outcomeOf(balancer.fetch('/')))
  return error ?? value?.text()
}

async function calls(f: Fleet, times: number): Promise<unknown[]> {
  const ends: unknown[] = []
  for (let i = 0; i < times; i++) ends.push(await call(f))
  return ends
}

const stateOf = (f: Fleet, id: string) => f.balancer.snapshot().endpoints.find((each) => each.id === id)

describe('active health checks', () => {
  it('begin with the first call, not before', async () => {
    const { made, check } = checks(new Set())
    const f = fleet({ a: answer, b: answer }, { healthCheck: { check, ...QUIET } })
    f.balancer.snapshot()
    await f.clock.advance(60_000)
    expect(made).toEqual([])
    expect(f.clock.pending).toBe(0)
    await call(f)
    await f.clock.advance(0)
    expect(made).toEqual(['a', 'b'])
    await f.balancer.close()
    expect(f.clock.pending).toBe(0)
  })

  it('begin with ready() as well', async () => {
    const { made, check } = checks(new Set())
    const f = fleet({ a: answer }, { healthCheck: check })
    await f.balancer.ready()
    await f.clock.advance(0)
    expect(made).toEqual(['a'])
    await f.balancer.close()
  })

  it('take an endpoint out after `fall` bad results, looking more often meanwhile, and back after `rise` good ones', async () => {
    const { ill, made, check } = checks(new Set())
    const f = fleet({ a: answer, b: answer }, { policy: roundRobin(), healthCheck: { check, ...QUIET } })
    const told: [string, string, unknown][] = []
    f.balancer.on('unhealthy', ({ endpoint, error }) => told.push(['unhealthy', endpoint.id, error]))
    f.balancer.on('healthy', ({ endpoint }) => told.push(['healthy', endpoint.id, undefined]))
    await call(f)
    await f.clock.advance(0)
    ill.add('a')
    made.length = 0
    // One at 5 s, and then each second.
    await f.clock.advance(5_000)
    expect(stateOf(f, 'a')).toMatchObject({
      eligible: true,
      check: { healthy: true, against: 1, error: 'Error: a is ill' },
    })
    await f.clock.advance(1_999)
    expect(made.filter((id) => id === 'a')).toHaveLength(2)
    await f.clock.advance(1)
    expect(made.filter((id) => id === 'a')).toHaveLength(3)
    expect(told).toEqual([['unhealthy', 'a', new Error('a is ill')]])
    expect(stateOf(f, 'a')).toMatchObject({
      eligible: false,
      state: 'unhealthy',
      reason: 'its health checks fail',
      check: { healthy: false, against: 0, at: f.clock.now(), took: 0, error: 'Error: a is ill' },
    })
    expect(await calls(f, 4)).toEqual(['b', 'b', 'b', 'b'])
    ill.delete('a')
    await f.clock.advance(5_000)
    expect(stateOf(f, 'a')).toMatchObject({ state: 'unhealthy', check: { healthy: false, against: 1 } })
    await f.clock.advance(1_000)
    expect(told.at(-1)).toEqual(['healthy', 'a', undefined])
    expect((await calls(f, 4)).sort()).toEqual(['a', 'a', 'b', 'b'])
    await f.balancer.close()
  })

  it('a result that was an exception begins the count anew', async () => {
    const { ill, check } = checks(new Set())
    const f = fleet({ a: answer, b: answer }, { healthCheck: { check, ...QUIET, interval: 1_000 } })
    await call(f)
    await f.clock.advance(0)
    for (let i = 0; i < 4; i++) {
      ill.add('a')
      await f.clock.advance(2_000)
      ill.delete('a')
      await f.clock.advance(1_000)
    }
    expect(stateOf(f, 'a')?.state).toBe('eligible')
    await f.balancer.close()
  })

  it.each<[string, CheckEndpoint]>([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    [
      'throws nothing',
      () => {
        // biome-ignore lint/style/useThrowOnlyError: whoever writes a check may throw anything
        throw undefined
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['says false', () => false],
    ['says false later', async () => false],
    ['gives an answer of illness', async () => new Response('no', { status: 503 })],
    ['never ends', () => new Promise(() => {})],
  ])('a check that %s has failed', async (_, check) => {
    const f = fleet({ a: answer, b: answer }, { healthCheck: { check, ...QUIET, fall: 1 } })
    await call(f)
    await f.clock.advance(2_000)
    expect(stateOf(f, 'a')).toMatchObject({ state: 'unhealthy', check: { error: expect.any(String) } })
    await f.balancer.close()
    expect(f.clock.pending).toBe(0)
  })

  it.each<[string, CheckEndpoint]>([
    ['nothing', () => undefined],
    ['nothing later', async () => {}],
    ['true', () => true],
    ['a text', () => 'well'],
    ['an answer', async () => new Response('well', { status: 200 })],
  ])('a check that says %s has passed', async (_, check) => {
    const f = fleet({ a: answer }, { healthCheck: { check, fall: 1 } })
    await call(f)
    await f.clock.advance(0)
    expect(stateOf(f, 'a')?.check).toEqual({ healthy: true, against: 0, at: f.clock.now(), took: 0 })
    await f.balancer.close()
  })

  it('abort a check that is late, and one that is under way when the balancer is closed', async () => {
    const reasons: unknown[] = []
    const check: CheckEndpoint = (_, { signal }) =>
      new Promise(() => signal.addEventListener('abort', () => reasons.push(signal.reason.name)))
    const f = fleet({ a: answer }, { healthCheck: { check, timeout: 300 } })
    await call(f)
    await f.clock.advance(299)
    expect(reasons).toEqual([])
    await f.clock.advance(1)
    expect(reasons).toEqual(['TimeoutError'])
    await f.clock.advance(1_200)
    await f.balancer.close()
    expect(reasons).toEqual(['TimeoutError', 'AbortError'])
    expect(f.clock.pending).toBe(0)
  })

  it('do not hold a frozen process against the endpoints', async () => {
    let answerNow = () => {}
    const check: CheckEndpoint = () => new Promise<void>((resolve) => (answerNow = resolve))
    const f = fleet({ a: answer, b: answer }, { healthCheck: { check, fall: 1, jitter: 0 } })
    await call(f)
    await f.clock.advance(0)
    f.clock.freeze(600_000)
    await f.clock.advance(0)
    answerNow()
    await f.clock.advance(0)
    expect(stateOf(f, 'b')?.check).toMatchObject({ healthy: true, took: 0 })
    await f.balancer.close()
  })

  it('use those who are ill when nobody else is left, rather than nobody', async () => {
    const { ill, check } = checks(new Set(['a', 'b', 'c']))
    const f = fleet({ a: answer, b: answer, c: answer }, { healthCheck: { check, ...QUIET, fall: 1 } })
    await call(f)
    await f.clock.advance(0)
    expect(f.balancer.snapshot().endpoints.map(({ state }) => state)).toEqual(Array(3).fill('unhealthy'))
    expect(new Set(await calls(f, 30))).toEqual(new Set(['a', 'b', 'c']))
    expect(f.balancer.snapshot().counts.panicPicks).toBe(30)
    // With one that is well again there is somebody else.
    ill.delete('b')
    await f.clock.advance(6_000)
    expect(new Set(await calls(f, 30))).toEqual(new Set(['b']))
    await f.balancer.close()
  })

  it('use one who is ill and asked for a pause as well, when nobody else is left', async () => {
    const { check } = checks(new Set(['a']))
    const busy = status(503, { 'retry-after': '60' })
    const f = fleet({ a: busy }, { healthCheck: { check, ...QUIET, fall: 1 }, retry: false })
    await call(f)
    await f.clock.advance(0)
    expect(stateOf(f, 'a')?.state).toBe('unhealthy')
    expect(await call(f)).toBe('status 503')
    await f.balancer.close()
  })

  it('a retry goes to another of those who are ill', async () => {
    const { check } = checks(new Set(['a', 'b', 'c']))
    const f = fleet({ a: breakOff, b: breakOff, c: answer }, { healthCheck: { check, ...QUIET, fall: 1 } })
    await call(f)
    await f.clock.advance(0)
    expect(await calls(f, 5)).toEqual(Array(5).fill('c'))
    await f.balancer.close()
  })

  it('let the next priority take over', async () => {
    const { check } = checks(new Set(['a']))
    const f = fleet(
      { a: answer, b: answer },
      {
        healthCheck: { check, ...QUIET, fall: 1 },
        endpoints: [
          { id: 'a', url: 'http://a.test' },
          { id: 'b', url: 'http://b.test', priority: 1 },
        ],
      },
    )
    expect(await call(f)).toBe('a')
    await f.clock.advance(0)
    expect(await calls(f, 5)).toEqual(Array(5).fill('b'))
    await f.balancer.close()
  })

  it('look at an ejected endpoint at once, and bring its trial forward when it is well again', async () => {
    const { ill, made, check } = checks(new Set())
    const f = fleet(
      { a: breakOff, b: answer },
      {
        policy: roundRobin(),
        healthCheck: { check, ...QUIET, fall: 100 },
        outlierDetection: { baseEjectionTime: 300_000 },
      },
    )
    await call(f)
    await f.clock.advance(0)
    ill.add('a')
    made.length = 0
    while (f.state('a') !== 'ejected') await call(f)
    await f.clock.advance(0)
    expect(made).toEqual(['a'])
    f.does['a'] = answer
    await f.clock.advance(3_000)
    expect(f.state('a')).toBe('ejected')
    ill.delete('a')
    await f.clock.advance(1_000)
    expect(f.state('a')).toBe('trial-due')
    await call(f)
    expect(f.state('a')).toBe('eligible')
    await f.balancer.close()
  })

  it('do not end an ejection whose cause they cannot see', async () => {
    const { check } = checks(new Set())
    const f = fleet(
      { a: breakOff, b: answer },
      {
        policy: roundRobin(),
        healthCheck: { check, ...QUIET },
        outlierDetection: { baseEjectionTime: 60_000 },
      },
    )
    while (f.state('a') !== 'ejected') await call(f)
    await f.clock.advance(59_000)
    expect(f.state('a')).toBe('ejected')
    await f.balancer.close()
  })

  it('keep a trial from an endpoint that is ill', async () => {
    const { ill, check } = checks(new Set())
    const f = fleet(
      { a: breakOff, b: answer },
      { policy: roundRobin(), healthCheck: { check, ...QUIET, fall: 1 } },
    )
    while (f.state('a') !== 'ejected') await call(f)
    ill.add('a')
    await f.clock.advance(60_000)
    const before = f.hits()['a']
    await calls(f, 10)
    expect(f.state('a')).toBe('unhealthy')
    expect(f.hits()['a']).toBe(before)
    f.does['a'] = answer
    ill.delete('a')
    await f.clock.advance(6_000)
    expect(f.state('a')).toBe('trial-due')
    await call(f)
    expect(f.state('a')).toBe('eligible')
    await f.balancer.close()
  })

  it('spare endpoints that are well while there are no calls', async () => {
    const { ill, made, check } = checks(new Set(['b']))
    const f = fleet({ a: answer, b: answer }, { healthCheck: { check, jitter: 0, fall: 1 } })
    await call(f)
    await f.clock.advance(59_999)
    expect(made.filter((id) => id === 'a')).toEqual(['a'])
    expect(made.filter((id) => id === 'b').length).toBe(12)
    await f.clock.advance(1)
    expect(made.filter((id) => id === 'a')).toEqual(['a', 'a'])
    ill.clear()
    await call(f)
    await f.clock.advance(5_000)
    expect(made.filter((id) => id === 'a')).toHaveLength(3)
    await f.balancer.close()
  })

  it('vary their intervals, so that clients do not check in step', async () => {
    const { made, check } = checks(new Set())
    const f = fleet(
      { a: answer, b: answer, c: answer, d: answer },
      { healthCheck: { check, idleInterval: 5_000 } },
    )
    await call(f)
    await f.clock.advance(4_400)
    expect(made).toHaveLength(4)
    const times = new Set<number>()
    for (let i = 0; i < 1_200; i++) {
      const before = made.length
      await f.clock.advance(1)
      if (made.length > before) times.add(f.clock.now())
    }
    expect(made).toHaveLength(8)
    expect(times.size).toBeGreaterThan(2)
    await f.balancer.close()
  })

  it('are no more at a time than `maxParallel`, and use one timer beside theirs, however many endpoints there are', async () => {
    let running = 0
    let most = 0
    const seen = new Set<string>()
    const ends: (() => void)[] = []
    const check: CheckEndpoint = ({ id }) =>
      new Promise<void>((resolve) => {
        seen.add(id)
        most = Math.max(most, ++running)
        ends.push(() => {
          running--
          resolve()
        })
      })
    const endpoints = Array.from({ length: 1_000 }, (_, i) => ({ id: `e${i}`, url: `http://e${i}.test` }))
    const f = fleet({}, { endpoints, healthCheck: { check, maxParallel: 16 } })
    await f.balancer.ready()
    while (seen.size < 1_000) {
      await f.clock.advance(0)
      expect(f.clock.pending).toBeLessThanOrEqual(17)
      for (const end of ends.splice(0)) end()
    }
    expect(most).toBe(16)
    await f.balancer.close()
    expect(f.clock.pending).toBe(0)
  })

  it('follow the list: what joins is looked at, what leaves is not any more', async () => {
    const { made, check } = checks(new Set())
    const f = fleet({ a: answer, b: answer }, { healthCheck: { check, ...QUIET } })
    await call(f)
    await f.clock.advance(0)
    made.length = 0
    f.balancer.setEndpoints([
      { id: 'b', url: 'http://b.test' },
      { id: 'c', url: 'http://c.test' },
    ])
    await f.clock.advance(0)
    expect(made).toEqual(['c'])
    await f.clock.advance(5_000)
    expect(made.slice(1).sort()).toEqual(['b', 'c'])
    await f.balancer.close()
  })

  it('tell of each check', async () => {
    const { check } = checks(new Set(['b']))
    const f = fleet({ a: answer, b: answer }, { healthCheck: { check } })
    const told: BalancerEvents['checked'][] = []
    f.balancer.on('checked', (event) => told.push(event))
    await call(f)
    await f.clock.advance(0)
    const ends = told.map(({ endpoint: { id }, passed, error }) => [id, passed, error])
    expect(ends.sort()).toEqual([
      ['a', true, undefined],
      ['b', false, new Error('b is ill')],
    ])
    expect(f.balancer.snapshot().healthCheck).toEqual({ name: 'custom' })
    await f.balancer.close()
  })
})

describe('health checks before traffic', () => {
  const held = (ill: string[], more: Partial<HealthCheck> = {}) => {
    const { made, ill: set, check } = checks(new Set(ill))
    const delayed: CheckEndpoint = (endpoint, context) =>
      new Promise((resolve, reject) => {
        f.clock.setTimer(
          () =>
            Promise.resolve(endpoint)
              .then((e) => check(e, context))
              .then(resolve, reject),
          100,
        )
      })
    const f = fleet(
      { a: answer, b: answer },
      { healthCheck: { check: delayed, beforeTraffic: true, ...QUIET, ...more } },
    )
    return { f, made, ill: set }
  }

  it('let the first calls wait for somebody who is well', async () => {
    const { f } = held(['a'])
    const ends = Array.from({ length: 5 }, () => f.balancer.fetch('/').then((response) => response.text()))
    await f.clock.advance(99)
    expect(f.sent).toEqual([])
    await f.clock.advance(1)
    expect(await Promise.all(ends)).toEqual(Array(5).fill('b'))
    await f.balancer.close()
  })

  it('let them through to anybody when nobody is', async () => {
    const { f } = held(['a', 'b'])
    const end = f.balancer.fetch('/').then((response) => response.text())
    await f.clock.advance(100)
    expect(['a', 'b']).toContain(await end)
    await f.balancer.close()
  })

  it('do not hold a call beyond its deadline, or its caller, or the balancer', async () => {
    const never = () => new Promise(() => {})
    const f = fleet(
      { a: answer },
      { healthCheck: { check: never, beforeTraffic: true, timeout: 60_000 }, timeout: { total: 500 } },
    )
    const late = outcomeOf(f.balancer.fetch('/'))
    const controller = new AbortController()
    const aborted = outcomeOf(f.balancer.fetch('/', { signal: controller.signal }))
    await f.clock.advance(0)
    controller.abort(new Error('enough'))
    expect((await aborted).error).toEqual(new Error('enough'))
    await f.clock.advance(500)
    expect((await late).error).toMatchObject({
      code: 'ERR_DEADLINE_EXCEEDED',
      message: "GET / on 'fleet' failed: no health check ended within 500 ms (no attempt was made)",
    })
    const waiting = outcomeOf(f.balancer.execute(() => 1))
    const ready = outcomeOf(f.balancer.ready())
    await f.balancer.close()
    expect((await waiting).error).toMatchObject({ code: 'ERR_CLOSED' })
    expect((await ready).error).toMatchObject({ code: 'ERR_CLOSED' })
    expect(f.clock.pending).toBe(0)
  })

  it('do not hold calls for an empty list', async () => {
    const { f } = held([])
    f.balancer.setEndpoints([])
    expect((await outcomeOf(f.balancer.fetch('/'))).error).toMatchObject({ code: 'ERR_NO_ENDPOINTS' })
    await f.balancer.close()
  })

  it('go on holding calls when the first list is replaced before anybody has passed', async () => {
    const { f, made } = held(['a', 'b'])
    const end = f.balancer.fetch('/').then((response) => response.text())
    await f.clock.advance(50)
    f.does['c'] = answer
    f.balancer.setEndpoints([{ id: 'c', url: 'http://c.test' }])
    await f.clock.advance(99)
    expect(f.sent).toEqual([])
    await f.clock.advance(1)
    expect(await end).toBe('c')
    expect(made).toContain('c')
    await f.balancer.close()
  })

  it('do not hold anything where there can be no checks', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    try {
      const { f, made } = held([])
      expect(await call(f)).toMatch(/[ab]/)
      f.balancer.setEndpoints([{ id: 'b', url: 'http://b.test' }])
      expect(stateOf(f, 'b')?.state).toBe('eligible')
      await f.clock.advance(60_000)
      expect(made).toEqual([])
      expect(f.clock.pending).toBe(0)
      await f.balancer.close()
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('keep what joins later waiting until it has passed', async () => {
    const { f } = held([])
    await Promise.all([f.balancer.ready(), f.clock.advance(100)])
    f.does['c'] = answer
    f.balancer.setEndpoints(['a', 'b', 'c'].map((id) => ({ id, url: `http://${id}.test` })))
    expect(stateOf(f, 'c')).toMatchObject({ state: 'unhealthy', check: { against: 0 } })
    await f.clock.advance(100)
    expect(stateOf(f, 'c')?.state).toBe('eligible')
    await f.balancer.close()
  })
})
