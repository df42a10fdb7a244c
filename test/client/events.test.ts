import { type BalancerEvents, roundRobin } from 'evenkeel'
import { describe, expect, it, vi } from 'vitest'
import { answer, breakOff, elapse, fleet, outcomeOf, status } from '../support/fleet.js'

describe('events', () => {
  it('tell every attempt and every retry', async () => {
    const { balancer, clock } = fleet({ a: breakOff, b: breakOff, c: status(404) })
    const attempts: BalancerEvents['attempt'][] = []
    const retries: BalancerEvents['retry'][] = []
    balancer.on('attempt', (event) => attempts.push(event)).on('retry', (event) => retries.push(event))
    expect((await elapse(clock, balancer.fetch('/'))).status).toBe(404)
    expect(attempts.at(-1)).toMatchObject({
      kind: 'success',
      progress: 'answered',
      status: 404,
      number: attempts.length,
    })
    expect(attempts.length).toBe(retries.length + 1)
    for (const retry of retries)
      expect(retry).toMatchObject({ kind: 'broken', attempts: expect.any(Number), delay: expect.any(Number) })
  })

  it('are told once, and no longer, as asked', async () => {
    const { balancer } = fleet({ a: answer })
    const once = vi.fn()
    const always = vi.fn()
    balancer.once('attempt', once).on('attempt', always)
    await balancer.fetch('/')
    await balancer.fetch('/')
    balancer.off('attempt', always)
    await balancer.fetch('/')
    expect(once).toHaveBeenCalledTimes(1)
    expect(always).toHaveBeenCalledTimes(2)
  })

  it('do not fail the call when a listener throws: its error is reported on its own', async () => {
    const { balancer } = fleet({ a: answer })
    const reported: (() => void)[] = []
    vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((callback) => void reported.push(callback))
    balancer.on('attempt', () => {
      throw new Error('bug in a listener')
    })
    expect((await balancer.fetch('/')).status).toBe(200)
    expect(balancer.snapshot().endpoints[0]?.inFlight).toBe(0)
    // The platform's fetch has microtasks of its own.
    const errors = reported.flatMap((callback) => {
      try {
        callback()
        return []
      } catch (error) {
        return [error]
      }
    })
    expect(errors).toEqual([new Error('bug in a listener')])
  })

  it('find the state as it is after what they tell of', async () => {
    const { balancer, clock, state } = fleet({ a: breakOff, b: answer }, { policy: roundRobin() })
    const seen: unknown[] = []
    balancer.on('ejected', ({ endpoint }) => seen.push(state(endpoint.id)))
    balancer.on('retry', () => seen.push(balancer.snapshot().endpoints.map(({ inFlight }) => inFlight)))
    for (let i = 0; i < 30; i++) await elapse(clock, outcomeOf(balancer.fetch('/')))
    expect(new Set(seen.map(String))).toEqual(new Set(['ejected', '0,0']))
  })
})

describe('a snapshot', () => {
  it('is plain JSON that explains every endpoint', async () => {
    const { balancer, clock } = fleet(
      { a: answer },
      {
        endpoints: [
          { id: 'a', url: 'http://a.test', weight: 2, zone: 'eu-1a', region: 'eu', metadata: { version: 7 } },
          { id: 'b', url: 'http://b.test', weight: 0, priority: 1 },
        ],
      },
    )
    await balancer.fetch('/')
    const snapshot = balancer.snapshot()
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot)
    expect(snapshot).toEqual({
      name: 'fleet',
      time: clock.now(),
      policy: 'least-latency',
      closed: false,
      discovery: { source: 'static', arrived: true, stale: false, failures: 0 },
      panic: false,
      priorities: [
        { priority: 0, load: 1, panic: false, eligible: 1, total: 1 },
        { priority: 1, load: 0, panic: false, eligible: 0, total: 0 },
      ],
      retryBudget: { balance: 100 },
      counts: {
        calls: 1,
        attempts: 1,
        retries: 0,
        hedges: 0,
        hedgesWon: 0,
        failures: 0,
        panicPicks: 0,
        mirrored: 0,
        mirrorsSkipped: 0,
        rejected: 0,
        throttled: 0,
        queued: 0,
      },
      endpoints: [
        {
          id: 'a',
          url: 'http://a.test',
          weight: 2,
          priority: 0,
          zone: 'eu-1a',
          region: 'eu',
          metadata: { version: 7 },
          eligible: true,
          state: 'eligible',
          reason: 'all is well',
          inFlight: 0,
          latency: 0,
          calls: 1,
          successes: 1,
          failures: 0,
          consecutiveFailures: 0,
          ejections: 0,
        },
        {
          id: 'b',
          url: 'http://b.test',
          weight: 0,
          priority: 1,
          metadata: {},
          eligible: false,
          state: 'weight-zero',
          reason: 'its weight is 0, which means "no new calls"',
          inFlight: 0,
          calls: 0,
          successes: 0,
          failures: 0,
          consecutiveFailures: 0,
          ejections: 0,
        },
      ],
    })
  })

  it('shows a smoothed latency', async () => {
    const { balancer, clock } = fleet({ a: answer })
    for (const ms of [10, 20]) {
      const pick = balancer.pick()
      await clock.advance(ms)
      pick.succeed()
    }
    expect(balancer.snapshot().endpoints[0]?.latency).toBe(11)
  })
})
