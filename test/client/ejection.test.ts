import { type BalancerEvents, roundRobin } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { answer, breakOff, elapse, type Fleet, fleet, hang, outcomeOf, status } from '../support/fleet.js'

/** Calls one after the other, with time for pauses between attempts. */
async function calls({ balancer, clock }: Fleet, times: number, init?: RequestInit): Promise<unknown[]> {
  const ends: unknown[] = []
  for (let i = 0; i < times; i++) {
    const { value, error } = await elapse(clock, outcomeOf(balancer.fetch('/', init)))
    ends.push(error ?? value?.status)
  }
  return ends
}

const rr = { policy: roundRobin() }

describe('outlier detection', () => {
  it('ejects after failures in a row, and says why', async () => {
    const f = fleet({ a: breakOff, b: answer, c: answer }, rr)
    const events: BalancerEvents['ejected'][] = []
    f.balancer.on('ejected', (event) => events.push(event))
    await calls(f, 20)
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({
      rule: 'consecutive-local-origin-failures',
      failures: 3,
      limit: 3,
      ejections: 1,
    })
    expect(events[0]?.endpoint.id).toBe('a')
    expect(f.balancer.snapshot().endpoints[0]).toMatchObject({
      id: 'a',
      eligible: false,
      state: 'ejected',
      reason: 'ejected by outlier detection: 3 times in a row nothing came back from it',
      until: events[0]?.until,
      consecutiveFailures: 3,
    })
    expect(f.hits()['a']).toBe(3)
  })

  it('brings an endpoint back by one trial', async () => {
    const f = fleet({ a: breakOff, b: answer }, rr)
    const told: string[] = []
    f.balancer.on('readmitted', ({ endpoint }) => told.push(endpoint.id))
    await calls(f, 8)
    expect(f.state('a')).toBe('ejected')
    await f.clock.advance(5_000)
    expect(f.state('a')).toBe('trial-due')
    f.does['a'] = answer
    await calls(f, 1)
    expect(f.state('a')).toBe('eligible')
    expect(told).toEqual(['a'])
    const before = f.hits()['a'] ?? 0
    await calls(f, 10)
    expect((f.hits()['a'] ?? 0) - before).toBe(5)
  })

  it('a failed trial ejects for longer, and the call succeeds elsewhere', async () => {
    const f = fleet({ a: breakOff, b: answer }, rr)
    const lengths: number[] = []
    f.balancer.on('ejected', ({ until, rule }) =>
      lengths.push(until - f.clock.now(), rule === 'trial-failed' ? 1 : 0),
    )
    await calls(f, 8)
    await f.clock.advance(5_000)
    expect(await calls(f, 1)).toEqual([200])
    await f.clock.advance(10_000)
    expect(await calls(f, 1)).toEqual([200])
    expect(lengths).toEqual([5_000, 0, 10_000, 1, 15_000, 1])
  })

  it('lets a call that cannot be sent twice try an endpoint out only after a while', async () => {
    const f = fleet({ a: breakOff, b: answer }, rr)
    await calls(f, 8)
    f.sent.length = 0
    await f.clock.advance(5_000)
    await calls(f, 1, { method: 'POST' })
    expect(f.sent).toEqual(['b'])
    await f.clock.advance(1_000)
    f.does['a'] = answer
    await calls(f, 1, { method: 'POST' })
    expect(f.sent).toEqual(['b', 'a'])
  })

  it('a trial that was cut short by its caller leaves the next call to be the trial', async () => {
    const f = fleet({ a: breakOff, b: answer }, rr)
    await calls(f, 8)
    await f.clock.advance(5_000)
    f.does['a'] = hang
    const controller = new AbortController()
    const call = outcomeOf(f.balancer.fetch('/', { signal: controller.signal }))
    await f.clock.advance(10)
    expect(f.state('a')).toBe('trial-running')
    controller.abort()
    await call
    expect(f.state('a')).toBe('trial-due')
    f.does['a'] = answer
    await calls(f, 1)
    expect(f.state('a')).toBe('eligible')
  })

  it('never ejects the only endpoint, nor the last one, and tells that it would have', async () => {
    for (const ids of [['a'], ['a', 'b']]) {
      const f = fleet(Object.fromEntries(ids.map((id) => [id, breakOff])), { circuitBreaker: false, ...rr })
      const skipped: unknown[] = []
      f.balancer.on('ejectionskipped', ({ eligible }) => skipped.push(eligible))
      await calls(f, 12)
      expect(f.balancer.snapshot().endpoints.filter(({ eligible }) => eligible)).toHaveLength(1)
      expect(skipped[0]).toBe(1)
    }
  })

  it('takes no notice of results from before the ejection', async () => {
    const f = fleet(
      { a: hang, b: answer },
      { ...rr, retry: false, timeout: { attempt: 1_000, total: 5_000 } },
    )
    const slow = Array.from({ length: 20 }, () => outcomeOf(f.balancer.fetch('/')))
    await f.clock.advance(1_000)
    await Promise.all(slow)
    expect(f.state('a')).toBe('ejected')
    expect(f.balancer.snapshot().endpoints[0]).toMatchObject({
      consecutiveFailures: 3,
      ejections: 1,
      failures: 10,
    })
  })

  it('can be turned off', async () => {
    const f = fleet({ a: breakOff, b: answer }, { ...rr, outlierDetection: false, circuitBreaker: false })
    await calls(f, 40)
    expect(f.state('a')).toBe('eligible')
    expect(f.hits()['a']).toBe(20)
  })
})

describe('panic mode', () => {
  it('uses the ejected ones when too few others are left, is counted, visible, and ends', async () => {
    const does = { a: breakOff, b: breakOff, c: breakOff, d: answer }
    const f = fleet(does, {
      ...rr,
      circuitBreaker: false,
      outlierDetection: { maxEjectedShare: 0.75 },
      retry: { attempts: 4 },
    })
    const told: [string, number, number][] = []
    f.balancer.on('panicstarted', ({ eligible, total }) => told.push(['started', eligible, total]))
    f.balancer.on('panicended', ({ eligible, total }) => told.push(['ended', eligible, total]))
    expect(await calls(f, 20)).toEqual(Array.from({ length: 20 }, () => 200))
    const { panic, priorities, counts, endpoints } = f.balancer.snapshot()
    expect(panic).toBe(true)
    expect(priorities).toEqual([{ priority: 0, load: 1, panic: true, eligible: 1, total: 4 }])
    expect(counts.panicPicks).toBeGreaterThan(0)
    expect(endpoints.map(({ state }) => state)).toEqual(['panic', 'panic', 'panic', 'eligible'])
    expect(told).toEqual([['started', 1, 4]])
    for (const id of ['a', 'b', 'c']) f.does[id] = answer
    await f.clock.advance(5_000)
    await calls(f, 10)
    expect(f.balancer.snapshot()).toMatchObject({ panic: false })
    expect(told.at(-1)?.[0]).toBe('ended')
  })

  it('can be turned off', async () => {
    const does = { a: breakOff, b: breakOff, c: breakOff, d: answer }
    const f = fleet(does, {
      ...rr,
      circuitBreaker: false,
      outlierDetection: { maxEjectedShare: 0.75 },
      panicThreshold: 0,
      retry: { attempts: 4 },
    })
    await calls(f, 20)
    expect(f.balancer.snapshot()).toMatchObject({ panic: false, counts: { panicPicks: 0 } })
  })
})

describe('priorities', () => {
  const endpoints = [
    { id: 'a', url: 'http://a' },
    { id: 'b', url: 'http://b' },
    { id: 'x', url: 'http://x', priority: 1 },
  ]

  it('keep to the first while it is healthy, and fail over when it is not', async () => {
    const f = fleet(
      { a: answer, b: answer, x: answer },
      { ...rr, endpoints, outlierDetection: { maxEjectedShare: 1 } },
    )
    await calls(f, 20)
    expect(f.hits()).toEqual({ a: 10, b: 10 })
    f.does['a'] = breakOff
    f.does['b'] = breakOff
    expect(await calls(f, 40)).toEqual(Array.from({ length: 40 }, () => 200))
    f.sent.length = 0
    await calls(f, 20)
    expect(f.hits()).toEqual({ x: 20 })
  })

  it('let a retry go to the next one when all of the first have been tried', async () => {
    const f = fleet({ a: status(503), b: status(503), x: answer }, { ...rr, endpoints })
    expect(await calls(f, 1)).toEqual([200])
    expect(f.sent).toHaveLength(3)
    expect(f.sent.at(-1)).toBe('x')
  })
})
