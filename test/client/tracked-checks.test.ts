import { type BalancerEvents, type CheckEndpoint, failover, httpCheck, type TrackedCheck } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { answer, type Behaviour, elapse, type Fleet, fleet, outcomeOf, refuse } from '../support/fleet.js'

const SOON = { interval: 1_000, idleInterval: 1_000, jitter: 0, fall: 1, rise: 1 } as const

/** Checks by name that fail for those of whom the test says so, as `name id`. */
function tracked(
  track: readonly (Partial<TrackedCheck> & { name: string })[],
  options: { preempt?: boolean; masterOnly?: boolean; does?: Record<string, Behaviour> } = {},
) {
  const failing = new Set<string>()
  const made: string[] = []
  const check =
    (name: string): CheckEndpoint =>
    ({ id }) => {
      made.push(`${name} ${id}`)
      if (failing.has(`${name} ${id}`)) throw new Error(`${name} says no`)
    }
  const { does = { a: answer, b: answer, c: answer }, ...rules } = options
  const f = fleet(does, {
    endpoints: Object.keys(does).map((id, priority) => ({ id, url: `http://${id}.test`, priority })),
    policy: failover({
      holdDown: 0,
      ...rules,
      track: track.map((each) => ({ ...SOON, check: check(each.name), ...each })),
    }),
  })
  const told: [string | undefined, string][] = []
  f.balancer.on('masterchanged', ({ to, reason }) => told.push([to?.id, reason]))
  return { ...f, failing, made, told }
}

async function call({ balancer, clock }: Fleet): Promise<unknown> {
  const { value, error } = await elapse(clock, outcomeOf(balancer.fetch('/')))
  return error ?? value?.text()
}

const ranks = ({ balancer }: Fleet) => balancer.snapshot().endpoints.map(({ rank }) => rank)

describe('a tracked check', () => {
  it('begins with the first call, at each endpoint, and ends with the balancer', async () => {
    const f = tracked([{ name: 'x' }, { name: 'y', weight: 5 }])
    f.balancer.snapshot()
    expect([f.made, f.clock.pending]).toEqual([[], 0])
    await call(f)
    await f.clock.advance(0)
    expect(f.made.sort()).toEqual(['x a', 'x b', 'x c', 'y a', 'y b', 'y c'])
    await f.balancer.close()
    expect(f.clock.pending).toBe(0)
  })

  it('of a weight below 0 lowers the rank while it fails', async () => {
    const f = tracked([{ name: 'disk', weight: -20 }])
    const events: BalancerEvents['tracked'][] = []
    f.balancer.on('tracked', (event) => events.push(event))
    await call(f)
    f.failing.add('disk a')
    await f.clock.advance(1_100)
    // When it happens, and not with the next call.
    expect(f.told).toEqual([
      ['a', 'first'],
      ['b', 'track'],
    ])
    expect(events).toMatchObject([
      {
        endpoint: { id: 'a' },
        check: 'disk',
        passed: false,
        weight: -20,
        rank: 234,
        error: new Error('disk says no'),
      },
    ])
    expect([ranks(f), await call(f)]).toEqual([[234, 253, 252], 'b'])
    expect(f.balancer.snapshot().endpoints[0]).toMatchObject({
      state: 'eligible',
      rank: 234,
      tracked: {
        disk: {
          passed: false,
          weight: -20,
          healthy: false,
          against: 0,
          took: 0,
          error: 'Error: disk says no',
        },
      },
    })
    f.failing.delete('disk a')
    await f.clock.advance(1_100)
    expect(events.at(-1)).toMatchObject({ passed: true, rank: 254, error: undefined })
    expect(f.told.at(-1)).toEqual(['a', 'preempted'])
    await f.balancer.close()
  })

  it('of a weight above 0 raises it while it passes', async () => {
    const f = tracked([{ name: 'fresh', weight: 10 }])
    await call(f)
    await f.clock.advance(0)
    expect(ranks(f)).toEqual([264, 263, 262])
    f.failing.add('fresh a').add('fresh c')
    await f.clock.advance(1_100)
    expect([ranks(f), await call(f)]).toEqual([[254, 263, 252], 'b'])
    await f.balancer.close()
  })

  it('adds up with others', async () => {
    const f = tracked([
      { name: 'x', weight: -2 },
      { name: 'y', weight: -5 },
      { name: 'z', weight: 3 },
    ])
    await call(f)
    for (const name of ['x', 'y', 'z']) f.failing.add(`${name} a`)
    await f.clock.advance(1_100)
    expect(ranks(f)).toEqual([247, 256, 255])
    await f.balancer.close()
  })

  it('takes `fall` results in a row, and `rise`', async () => {
    const f = tracked([{ name: 'x', weight: -20, fall: 3, rise: 2, fastInterval: 100 }])
    await call(f)
    f.failing.add('x a')
    await f.clock.advance(1_199)
    expect(ranks(f)[0]).toBe(254)
    await f.clock.advance(1)
    expect(ranks(f)[0]).toBe(234)
    f.failing.clear()
    await f.clock.advance(1_000)
    expect(ranks(f)[0]).toBe(234)
    await f.clock.advance(100)
    expect(ranks(f)[0]).toBe(254)
    await f.balancer.close()
  })

  it('without a weight takes an endpoint out, and the last one too', async () => {
    const f = tracked([{ name: 'primary' }])
    await call(f)
    f.failing.add('primary a')
    await f.clock.advance(1_100)
    expect([f.told.at(-1), f.state('a'), await call(f)]).toEqual([['b', 'track'], 'fault', 'b'])
    f.failing.add('primary b').add('primary c')
    await f.clock.advance(1_100)
    expect(f.told.at(-1)?.[0]).toBeUndefined()
    expect(await call(f)).toMatchObject({
      code: 'ERR_NO_ENDPOINTS',
      message: expect.stringContaining('no endpoint can be master (track: 3)'),
    })
    f.failing.delete('primary c')
    await f.clock.advance(1_100)
    expect([f.told.at(-1), await call(f)]).toEqual([['c', 'available'], 'c'])
    await f.balancer.close()
  })

  it('without a weight keeps retries and trials away as well', async () => {
    const f = tracked([{ name: 'primary' }], { does: { a: refuse, b: answer, c: answer } })
    f.failing.add('primary b')
    await call(f)
    await f.clock.advance(0)
    f.sent.length = 0
    for (let i = 0; i < 6; i++) expect(await call(f)).toBe('c')
    expect(f.sent).not.toContain('b')
    f.failing.add('primary a')
    f.does['a'] = answer
    await f.clock.advance(60_000)
    f.sent.length = 0
    for (let i = 0; i < 6; i++) expect(await call(f)).toBe('c')
    expect(f.sent).toEqual(Array(6).fill('c'))
    await f.balancer.close()
  })

  it('decides for how long a breaker keeps calls away, not those that must not be master', async () => {
    const f = tracked([{ name: 'primary' }], { does: { a: refuse, b: answer }, masterOnly: true })
    f.failing.add('primary b')
    await call(f)
    await f.clock.advance(0)
    let error: unknown
    for (let i = 0; i < 10; i++) error = await call(f)
    expect(f.state('a')).toBe('circuit-open')
    expect(error).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' })
    expect((error as { retryAfter: number }).retryAfter).toBeGreaterThan(1_000)
    await f.balancer.close()
  })

  it('with `beforeTraffic` has to pass first: calls wait for the one that may be master', async () => {
    const f = tracked([{ name: 'primary', beforeTraffic: true }], { masterOnly: true })
    f.failing.add('primary a').add('primary b')
    expect(f.balancer.snapshot().endpoints.map(({ state }) => state)).toEqual(['fault', 'fault', 'fault'])
    expect(await call(f)).toBe('c')
    expect(f.sent).toEqual(['c'])
    await f.balancer.ready()
    // One that joins has to as well.
    f.does['d'] = answer
    f.balancer.setEndpoints([
      { id: 'd', url: 'http://d.test' },
      { id: 'c', url: 'http://c.test', priority: 2 },
    ])
    expect([f.state('d'), await call(f)]).toEqual(['fault', 'c'])
    await f.clock.advance(1_000)
    expect([f.state('d'), await call(f)]).toEqual(['eligible', 'd'])
    await f.balancer.close()
    expect(f.clock.pending).toBe(0)
  })

  it('with `beforeTraffic` and a weight counts as failed until it passes', async () => {
    const f = tracked([
      { name: 'x', weight: -20, beforeTraffic: true, check: ({ id }) => id !== 'a' },
      { name: 'y', weight: 5, beforeTraffic: true },
    ])
    expect(ranks(f)).toEqual([234, 233, 232])
    expect(await call(f)).toBe('b')
    await f.clock.advance(0)
    expect(ranks(f)).toEqual([239, 258, 257])
    await f.balancer.close()
  })

  it('with `preempt: false` still takes mastership away, and does not give it back', async () => {
    const f = tracked([{ name: 'x', weight: -20 }], { preempt: false })
    await call(f)
    f.failing.add('x a')
    await f.clock.advance(1_100)
    expect(await call(f)).toBe('b')
    f.failing.clear()
    await f.clock.advance(10_000)
    expect(await call(f)).toBe('b')
    await f.balancer.close()
  })

  it('forgets an endpoint that leaves', async () => {
    const f = tracked([{ name: 'x' }])
    await call(f)
    f.failing.add('x a')
    await f.clock.advance(1_100)
    f.balancer.setEndpoints([{ id: 'b', url: 'http://b.test' }])
    f.made.length = 0
    await f.clock.advance(3_000)
    expect(new Set(f.made)).toEqual(new Set(['x b']))
    // What was found out of it is news again.
    f.balancer.setEndpoints([
      { id: 'a', url: 'http://a.test' },
      { id: 'b', url: 'http://b.test', priority: 1 },
    ])
    expect(f.state('a')).toBe('eligible')
    await f.clock.advance(3_000)
    expect(f.state('a')).toBe('fault')
    await f.balancer.close()
  })

  it('forgets an endpoint that is back while it was draining', async () => {
    const f = tracked([{ name: 'x', weight: -20 }, { name: 'y' }], { does: { a: answer, b: answer } })
    const pick = f.balancer.pick()
    f.failing.add('x a').add('y a')
    await f.clock.advance(1_100)
    expect(f.balancer.snapshot().endpoints[0]).toMatchObject({ rank: 234, state: 'fault' })
    f.balancer.setEndpoints([{ id: 'b', url: 'http://b.test' }])
    f.failing.clear()
    f.balancer.setEndpoints([
      { id: 'a', url: 'http://a.test' },
      { id: 'b', url: 'http://b.test', priority: 1 },
    ])
    expect(f.balancer.snapshot().endpoints.find(({ id }) => id === 'a')).toMatchObject({
      rank: 254,
      state: 'eligible',
    })
    pick.release()
    await f.balancer.close()
  })

  it('may be one of those that are there', async () => {
    const f = fleet(
      { a: ({ url }) => new Response('', { status: url.endsWith('/healthz') ? 500 : 200 }), b: answer },
      {
        policy: failover({
          holdDown: 0,
          track: [{ ...httpCheck({ path: '/healthz', ...SOON }), weight: -20 }],
        }),
      },
    )
    expect((await elapse(f.clock, f.balancer.fetch('/'))).status).toBe(200)
    await f.clock.advance(0)
    expect(f.balancer.snapshot()).toMatchObject({
      failover: { master: 'b', reason: 'track' },
      endpoints: [{ tracked: { 'GET /healthz': { passed: false } } }, {}],
    })
    await f.balancer.close()
  })

  it('of any name, and for endpoints of any name', async () => {
    const f = tracked([{ name: '__proto__', weight: 1 }], {
      does: { constructor: answer, ['__proto__']: answer },
    })
    await call(f)
    await f.clock.advance(0)
    expect(Object.keys(f.balancer.snapshot().endpoints[0]!.tracked!)).toEqual(['__proto__'])
    await f.balancer.close()
  })
})
