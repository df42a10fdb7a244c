import { type BalancerEvents, roundRobin } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { answer, breakOff, elapse, type Fleet, fleet, outcomeOf, refuse, status } from '../support/fleet.js'

const of = (id: string, version: string, priority = 0) => ({
  id,
  url: `http://${id}`,
  priority,
  metadata: { version },
})

async function texts({ balancer, clock }: Fleet, times: number, init?: object): Promise<unknown[]> {
  const found: unknown[] = []
  for (let i = 0; i < times; i++) {
    const { value, error } = await elapse(clock, outcomeOf(balancer.fetch('/', init)))
    found.push(value === undefined ? (error as { code: string }).code : await value.text())
  }
  return found
}

const rr = { policy: roundRobin() }

describe('a subset', () => {
  it('is any of several values, strictly compared, and {} is everybody', async () => {
    const f = fleet(
      { a: answer, b: answer, c: answer },
      {
        ...rr,
        endpoints: [
          { id: 'a', url: 'http://a', metadata: { ring: 1, on: true } },
          { id: 'b', url: 'http://b', metadata: { ring: '1', on: null } },
          { id: 'c', url: 'http://c', metadata: { ring: 2 } },
        ],
      },
    )
    const idsOf = async (subset: object) => new Set(await texts(f, 12, { balancer: { subset } }))
    expect(await idsOf({ ring: 1 })).toEqual(new Set(['a']))
    expect(await idsOf({ ring: '1' })).toEqual(new Set(['b']))
    expect(await idsOf({ ring: [1, 2] })).toEqual(new Set(['a', 'c']))
    expect(await idsOf({ ring: [1, '1'], on: null })).toEqual(new Set(['b']))
    expect(await idsOf({ toString: 'x' })).toEqual(new Set(['ERR_NO_ENDPOINTS']))
    expect(await idsOf({})).toEqual(new Set(['a', 'b', 'c']))
  })

  it('takes in and lets go of endpoints as their metadata changes', async () => {
    const f = fleet(
      { a: answer, b: answer },
      { ...rr, endpoints: [of('a', 'v1'), of('b', 'v2')], routes: [{ to: { version: 'v2' } }] },
    )
    expect(await texts(f, 2)).toEqual(['b', 'b'])
    f.balancer.setEndpoints([of('a', 'v2'), of('b', 'v2')])
    expect(new Set(await texts(f, 4))).toEqual(new Set(['a', 'b']))
    f.balancer.setEndpoints([of('a', 'v2'), of('b', 'v1')])
    expect(await texts(f, 2)).toEqual(['a', 'a'])
    expect(f.balancer.snapshot().routes?.[0]?.to[0]).toMatchObject({ eligible: 1, total: 1 })
    f.balancer.setEndpoints([of('b', 'v1')])
    expect(await texts(f, 1)).toEqual(['ERR_NO_ENDPOINTS'])
  })

  it('has priorities of its own', async () => {
    const f = fleet(
      { a: answer, b: answer, c: answer },
      {
        ...rr,
        endpoints: [of('a', 'v2'), of('b', 'v2', 1), of('c', 'v1')],
        routes: [{ to: { version: 'v2' } }],
        outlierDetection: { maxEjectedShare: 1 },
      },
    )
    expect(await texts(f, 4)).toEqual(['a', 'a', 'a', 'a'])
    f.does['a'] = breakOff
    expect(await texts(f, 6)).toEqual(['b', 'b', 'b', 'b', 'b', 'b'])
    expect(f.hits()['c']).toBeUndefined()
  })

  it('has zones of its own', async () => {
    const f = fleet(
      { a: answer, b: answer, c: answer },
      {
        ...rr,
        endpoints: [
          { ...of('a', 'v1'), zone: 'here' },
          { ...of('b', 'v2'), zone: 'here' },
          { ...of('c', 'v2'), zone: 'there' },
        ],
        locality: { zone: 'here' },
        routes: [{ to: { version: 'v2' } }],
      },
    )
    expect(new Set(await texts(f, 8))).toEqual(new Set(['b']))
    f.balancer.setEndpoints([
      { ...of('a', 'v1'), zone: 'here' },
      { ...of('c', 'v2'), zone: 'there' },
    ])
    expect(await texts(f, 2)).toEqual(['c', 'c'])
  })

  it('keeps a retry within, and the error names it', async () => {
    const f = fleet(
      { a: status(503), b: status(503), c: answer },
      { ...rr, endpoints: [of('a', 'v2'), of('b', 'v2'), of('c', 'v1')] },
    )
    const subset = { version: 'v2' }
    expect(await texts(f, 1, { balancer: { subset } })).toEqual(['status 503'])
    expect(new Set(f.sent)).toEqual(new Set(['a', 'b']))
    const { error } = await outcomeOf(f.balancer.fetch('/', { balancer: { subset: { version: 'v3' } } }))
    expect(error).toMatchObject({
      code: 'ERR_NO_ENDPOINTS',
      message: expect.stringContaining('subset {"version":"v3"}: none of 3 endpoints belongs to it'),
    })
  })

  it('that a call asks for goes before rules, for fetch, execute and pick', async () => {
    const f = fleet(
      { a: answer, b: answer },
      { endpoints: [of('a', 'v1'), of('b', 'v2')], routes: [{ to: { version: 'v1' } }] },
    )
    const subset = { version: 'v2' }
    expect(await texts(f, 1)).toEqual(['a'])
    expect(await texts(f, 1, { balancer: { subset } })).toEqual(['b'])
    expect(await f.balancer.execute(({ endpoint }) => endpoint.id, { subset })).toBe('b')
    using pick = f.balancer.pick({ subset })
    expect(pick.endpoint.id).toBe('b')
    expect(f.balancer.snapshot().subsets).toEqual([
      { subset, calls: 3, fallbacks: 0, falling: false, eligible: 1, total: 1, panic: false },
    ])
    const wrong = { subset: { version: [undefined] } as never }
    expect((await outcomeOf(f.balancer.execute(() => 1, wrong))).error).toMatchObject({
      message: expect.stringContaining('`execute.subset.version`'),
    })
    expect(() => f.balancer.pick(wrong)).toThrow(/`pick\.subset\.version`/)
    expect((await outcomeOf(f.balancer.fetch('/', { balancer: wrong }))).error).toMatchObject({
      message: expect.stringContaining('`balancer.subset.version`'),
    })
  })

  it('that calls ask for is kept for the 64 used last, and a call under way finds its own again', async () => {
    const tenants = Array.from({ length: 200 }, (_, i) => ({
      id: `t${i}`,
      url: `http://t${i}`,
      metadata: { tenant: i },
    }))
    const f = fleet(Object.fromEntries(tenants.map(({ id }) => [id, answer])), { endpoints: tenants })
    f.does['t0'] = () => Promise.reject(new TypeError('fetch failed'))
    const first = outcomeOf(f.balancer.fetch('/', { balancer: { subset: { tenant: 0 } } }))
    for (let i = 1; i < 200; i++) {
      expect(await texts(f, 1, { balancer: { subset: { tenant: i } } })).toEqual([`t${i}`])
    }
    f.does['t0'] = answer
    expect(await (await elapse(f.clock, first)).value?.text()).toBe('t0')
    const kept = f.balancer.snapshot().subsets?.map(({ subset }) => subset['tenant'])
    expect(kept).toHaveLength(64)
    expect(kept).toContain(199)
    expect(kept).not.toContain(100)
  })
})

describe('the fallback', () => {
  const endpoints = [of('a', 'v1'), of('b', 'v2'), of('c', 'v1')]
  const to = { version: 'v2' }

  it('is by default nobody for one subset: the call fails rather than go where it is not meant to', async () => {
    const f = fleet(
      { a: answer, b: breakOff, c: answer },
      { ...rr, endpoints, routes: [{ name: 'beta', to }], panicThreshold: 0 },
    )
    expect(new Set(await texts(f, 6))).toEqual(new Set(['ERR_ATTEMPT_FAILED', 'ERR_NO_ENDPOINTS']))
    expect(f.hits()).toEqual({ b: 3 })
    const { error } = await outcomeOf(f.balancer.fetch('/'))
    expect((error as Error).message).toContain('for subset {"version":"v2"} (route \'beta\')')
  })

  it('stands in when asked to, and steps back after a trial', async () => {
    const f = fleet(
      { a: answer, b: refuse, c: answer },
      { ...rr, endpoints, routes: [{ name: 'canary', to, fallback: { version: 'v1' } }] },
    )
    const told: [string, BalancerEvents['fallbackstarted']][] = []
    f.balancer.on('fallbackstarted', (event) => told.push(['started', event]))
    f.balancer.on('fallbackended', (event) => told.push(['ended', event]))
    await texts(f, 6)
    expect(f.state('b')).toBe('ejected')
    f.sent.length = 0
    expect(new Set(await texts(f, 10))).toEqual(new Set(['a', 'c']))
    expect(f.hits()).toEqual({ a: 5, c: 5 })
    expect(f.balancer.snapshot().routes?.[0]?.to[0]).toMatchObject({ falling: true, eligible: 0, total: 1 })
    f.does['b'] = answer
    await f.clock.advance(5_000)
    expect(await texts(f, 4)).toEqual(['b', 'b', 'b', 'b'])
    const event = { route: 'canary', subset: to }
    expect(told).toEqual([
      ['started', event],
      ['ended', event],
    ])
    const part = f.balancer.snapshot().routes?.[0]?.to[0]
    expect(part).toMatchObject({ falling: false, eligible: 1 })
    expect(part?.fallbacks).toBeGreaterThanOrEqual(10)
  })

  it('has its own endpoints tried out while it stands in', async () => {
    const f = fleet(
      { a: breakOff, b: refuse, c: answer },
      {
        ...rr,
        endpoints,
        routes: [{ to, fallback: { version: 'v1' } }],
        outlierDetection: { maxEjectedShare: 1 },
        panicThreshold: 0,
      },
    )
    await texts(f, 12)
    expect([f.state('a'), f.state('b')]).toEqual(['ejected', 'ejected'])
    f.does['a'] = answer
    await f.clock.advance(10_000)
    await texts(f, 4)
    expect([f.state('a'), f.state('b')]).toEqual(['eligible', 'ejected'])
  })

  it('of a list is the rest of it, but for those with a weight of 0', async () => {
    const list = (versions: Record<string, number>) => ({
      to: Object.entries(versions).map(([version, weight]) => ({ subset: { version }, weight })),
    })
    const f = fleet(
      { a: answer, c: answer },
      { ...rr, endpoints: [of('a', 'v1'), of('c', 'v3')], routes: [list({ v1: 1, v2: 99, v3: 0 })] },
    )
    expect(new Set(await texts(f, 40))).toEqual(new Set(['a']))
    const none = fleet(
      { a: answer },
      { endpoints: [of('a', 'v1')], routes: [{ ...list({ v1: 0, v2: 1 }), fallback: 'any' as const }] },
    )
    expect(await texts(none, 2)).toEqual(['a', 'a'])
  })

  it('is not taken while it is as ill as the subset: that has its panic mode', async () => {
    const f = fleet(
      { a: breakOff, b: breakOff, c: answer },
      {
        ...rr,
        // The third is there for the other two to be ejected: the last one never is.
        endpoints: [of('a', 'v1'), of('b', 'v2'), of('c', 'v3')],
        routes: [{ to, fallback: { version: 'v1' } }],
        outlierDetection: { maxEjectedShare: 1 },
        circuitBreaker: false,
        retry: false,
      },
    )
    for (const version of ['v1', 'v2', 'v2']) {
      await texts(f, 3, version === 'v1' ? { balancer: { subset: { version } } } : undefined)
    }
    expect(f.balancer.snapshot().routes?.[0]?.to[0]?.panic).toBe(true)
    f.does['b'] = answer
    f.sent.length = 0
    expect(await texts(f, 3)).toEqual(['b', 'b', 'b'])
  })

  it('is not where a call goes on that finds its subset dead before health does', async () => {
    const f = fleet(
      { a: answer, b: refuse, c: answer },
      {
        ...rr,
        endpoints,
        routes: [{ to, fallback: 'any' }],
        outlierDetection: false,
        circuitBreaker: false,
      },
    )
    expect(await texts(f, 1)).toEqual(['ERR_ATTEMPT_FAILED'])
    expect(f.sent).toEqual(['b', 'b', 'b'])
    // With health it is noticed within that call.
    const g = fleet(f.does, { ...rr, endpoints, routes: [{ to, fallback: 'any' }] })
    const [end] = await texts(g, 1)
    expect(['a', 'c']).toContain(end)
    expect(g.sent).toEqual(['b', 'b', 'b', end])
  })

  it('serves while the subset asked for a pause', async () => {
    const f = fleet(
      { a: answer, b: status(503, { 'retry-after': '2' }) },
      { ...rr, endpoints: [of('a', 'v1'), of('b', 'v2')], routes: [{ to, fallback: 'any' }] },
    )
    expect(await texts(f, 3)).toEqual(['a', 'a', 'a'])
    f.does['b'] = answer
    await f.clock.advance(2_000)
    expect(await texts(f, 2)).toEqual(['b', 'b'])
  })
})
