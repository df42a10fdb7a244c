import { roundRobin } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { answer, breakOff, elapse, fleet, hang, outcomeOf, status } from '../support/fleet.js'

const TEN_MINUTES = 600_000

describe('a process that thaws', () => {
  it('lets one trial through, also when an older one was under way as it froze', async () => {
    const f = fleet({ a: answer, b: breakOff }, { policy: roundRobin() })
    while (f.state('b') !== 'ejected') await elapse(f.clock, f.balancer.fetch('/'))
    await f.clock.advance(6_000)
    f.does['b'] = hang
    const older = outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(10)
    expect(f.state('b')).toBe('trial-running')
    f.sent.length = 0

    f.clock.freeze(TEN_MINUTES)
    // Requests come in before the late timers do.
    const calls = [1, 2, 3].map(() => outcomeOf(f.balancer.fetch('/')))
    await f.clock.advance(10)
    expect((await older).error).toMatchObject({ attempts: [{ endpoint: 'b', kind: 'stalled' }] })
    calls.push(...[1, 2, 3].map(() => outcomeOf(f.balancer.fetch('/'))))
    await f.clock.advance(10)

    expect(f.hits()).toEqual({ a: 5, b: 1 })
    expect(f.state('b')).toBe('trial-running')
    await f.clock.advance(30_000)
    for (const { value } of await Promise.all(calls)) expect(value?.status).toBe(200)
  })

  it("lets one trial through a service's own breaker, too", async () => {
    const f = fleet(
      { a: breakOff },
      { retry: false, circuitBreaker: { scope: 'service', volumeThreshold: 1, resetTimeout: 1_000 } },
    )
    await outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(2_000)
    f.does['a'] = hang
    const older = outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(10)
    f.sent.length = 0

    f.clock.freeze(TEN_MINUTES)
    const trial = outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(10)
    expect((await older).error).toMatchObject({ attempts: [{ kind: 'stalled' }] })
    const next = outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(10)

    expect(f.sent).toHaveLength(1)
    expect((await next).error).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' })
    await f.clock.advance(30_000)
    expect((await trial).error).toMatchObject({ code: 'ERR_ATTEMPT_TIMEOUT' })
  })

  it('does not blame an endpoint for an attempt that got no time because the wait before it took all', async () => {
    const f = fleet(
      { a: status(503, { 'retry-after': '5' }) },
      { retry: false, timeout: { attempt: 1_000, total: 8_000 } },
    )
    await f.balancer.fetch('/')
    f.does['a'] = hang
    const waiting = outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(10)
    expect(f.sent).toHaveLength(1)
    const { failures } = f.balancer.snapshot().endpoints[0] ?? {}

    f.clock.freeze(TEN_MINUTES)
    await f.clock.advance(10)
    expect((await waiting).error).toMatchObject({ code: 'ERR_DEADLINE_EXCEEDED' })
    expect(f.balancer.snapshot().endpoints[0]).toMatchObject({ failures })
  })
})

describe('a first attempt', () => {
  it('is held against its endpoint although the total timeout is the shorter one', async () => {
    const f = fleet({ a: hang }, { timeout: { attempt: 1_000, total: 100 } })
    const call = outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(100)
    expect((await call).error).toMatchObject({ attempts: [{ kind: 'timeout' }] })
  })

  it('is not, when a pause that was asked for left it less than that', async () => {
    const f = fleet(
      { a: status(503, { 'retry-after': '5' }) },
      { retry: false, timeout: { attempt: 1_000, total: 5_600 } },
    )
    await f.balancer.fetch('/')
    f.does['a'] = hang
    const call = outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(5_600)
    expect((await call).error).toMatchObject({ attempts: [{ kind: 'cancelled' }] })
  })
})
