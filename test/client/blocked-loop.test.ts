import { type BalancerEvents, type Clock, roundRobin } from 'evenkeel'
import { virtualClock } from 'evenkeel/testing'
import { describe, expect, it } from 'vitest'
import { afterMs, answer, elapse, fleet, hang, outcomeOf } from '../support/fleet.js'

const once = { policy: roundRobin(), retry: false } as const

describe('a blocked event loop', () => {
  it('is not charged to the endpoint', async () => {
    const f = fleet({ a: answer }, once)
    f.does['a'] = afterMs(f.clock, 100)
    const latencies: number[] = []
    f.balancer.on('attempt', ({ latency }) => latencies.push(latency))
    const call = outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(80)
    f.clock.freeze(60)
    await f.clock.advance(0)
    expect((await call).value?.status).toBe(200)
    // It may have come at any time between 80 and 140 ms; it is not told that it took 140.
    expect(latencies).toEqual([80])
  })

  it('says nothing when it was blocked for the larger part', async () => {
    const f = fleet({ a: answer }, once)
    f.does['a'] = afterMs(f.clock, 50)
    const latencies: number[] = []
    f.balancer.on('attempt', ({ latency }) => latencies.push(latency))
    const call = outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(20)
    f.clock.freeze(500)
    await f.clock.advance(0)
    expect((await call).value?.status).toBe(200)
    expect(latencies).toEqual([Number.NaN])
    expect(f.balancer.snapshot().endpoints[0]).toMatchObject({ successes: 1 })
  })

  it('does not trip the timeout: the time is given back', async () => {
    const f = fleet({ a: answer }, { ...once, timeout: { attempt: 300, total: 5_000 } })
    f.does['a'] = afterMs(f.clock, 700)
    const call = outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(100)
    f.clock.freeze(500)
    // 100 of 300 ms were its own: it has until 800.
    await f.clock.advance(150)
    expect((await call).value?.status).toBe(200)
  })

  it('ends the attempt when its own time is over, and blames the endpoint only for that', async () => {
    const f = fleet({ a: hang }, { ...once, timeout: { attempt: 300, total: 5_000 } })
    const ends: BalancerEvents['attempt'][] = []
    f.balancer.on('attempt', (event) => ends.push(event))
    const call = outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(100)
    f.clock.freeze(500)
    await f.clock.advance(199)
    expect(ends).toEqual([])
    await f.clock.advance(10)
    expect((await call).error).toMatchObject({ code: 'ERR_ATTEMPT_TIMEOUT' })
    expect(ends).toMatchObject([{ kind: 'timeout', latency: expect.closeTo(300, -1) }])
  })

  it('keeps to the total timeout, but reads first what has come in', async () => {
    const settings = { ...once, timeout: { attempt: 300, total: 300 } }
    const f = fleet({ a: answer }, settings)
    f.does['a'] = afterMs(f.clock, 350)
    const call = outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(100)
    f.clock.freeze(400)
    await f.clock.advance(0)
    expect((await call).value?.status).toBe(200)

    const g = fleet({ a: hang }, settings)
    const late = outcomeOf(g.balancer.fetch('/'))
    await g.clock.advance(100)
    g.clock.freeze(400)
    await g.clock.advance(5)
    expect((await late).error).toMatchObject({ code: 'ERR_DEADLINE_EXCEEDED' })
    expect(g.clock.pending).toBe(0)
  })

  it('makes no policy believe that everybody has become slow', async () => {
    const f = fleet({ a: answer, b: answer })
    f.does['a'] = afterMs(f.clock, 10)
    f.does['b'] = afterMs(f.clock, 12)
    for (let i = 0; i < 20; i++) await elapse(f.clock, f.balancer.fetch('/'))
    const before = f.balancer.snapshot().endpoints.map(({ latency }) => latency)
    for (let i = 0; i < 5; i++) {
      const calls = [f.balancer.fetch('/'), f.balancer.fetch('/')]
      await f.clock.advance(2)
      f.clock.freeze(800)
      await f.clock.advance(0)
      await Promise.all(calls)
    }
    expect(f.balancer.snapshot().endpoints.map(({ latency }) => latency)).toEqual(before)
  })
})

it('a frozen process gives up in time, too, where nobody tells how long it was frozen', async () => {
  const clock = virtualClock()
  const plain: Clock = {
    now: () => clock.now(),
    setTimer: (callback, delay) => clock.setTimer(callback, delay),
    clearTimer: (timer) => clock.clearTimer(timer),
  }
  const f = fleet({ a: hang }, { ...once, timeout: { attempt: 300, total: 5_000 }, clock: plain })
  const call = outcomeOf(f.balancer.fetch('/'))
  await clock.advance(10)
  clock.freeze(600_000)
  await clock.advance(20)
  expect((await call).error).toMatchObject({ attempts: [{ kind: 'stalled' }] })
  expect(clock.pending).toBe(0)
})
