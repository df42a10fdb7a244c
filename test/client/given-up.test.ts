import { roundRobin } from 'evenkeel'
import { virtualClock } from 'evenkeel/testing'
import { describe, expect, it } from 'vitest'
import { answer, fleet, hang, outcomeOf, refuse, status } from '../support/fleet.js'

const first = { policy: roundRobin(), random: () => 0 }

describe('a call that was given up between two attempts', () => {
  it('by its caller makes no other, although nothing was waited for', async () => {
    const f = fleet({ a: refuse, b: hang }, first)
    const controller = new AbortController()
    f.balancer.on('retry', () => controller.abort('no patience'))
    const call = outcomeOf(f.balancer.fetch('/', { signal: controller.signal }))
    await f.clock.advance(0)
    expect((await call).error).toBe('no patience')
    expect(f.sent).toEqual(['a'])
    expect(f.balancer.snapshot().counts).toMatchObject({ calls: 1, failures: 1 })
  })

  it('by close makes no other either', async () => {
    const f = fleet({ a: refuse, b: hang }, first)
    f.balancer.on('retry', () => void f.balancer.close())
    const call = outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(0)
    expect((await call).error).toMatchObject({ code: 'ERR_CLOSED' })
    expect(f.sent).toEqual(['a'])
  })
})

it('a call that was given up before it began counts as a call', async () => {
  const { balancer } = fleet({ a: answer })
  await outcomeOf(balancer.fetch('/', { signal: AbortSignal.abort('never mind') }))
  expect(balancer.snapshot().counts).toMatchObject({ calls: 1, attempts: 0, failures: 1 })
})

it('a call that waits for the end of a pause goes to an endpoint that joins the list meanwhile', async () => {
  const f = fleet({ a: status(429, { 'retry-after': '20' }) }, { retry: false })
  await f.balancer.fetch('/')
  f.does['b'] = answer
  const call = f.balancer.fetch('/')
  await f.clock.advance(1_000)
  f.balancer.setEndpoints([
    { id: 'a', url: 'http://a.test' },
    { id: 'b', url: 'http://b.test' },
  ])
  expect(await (await call).text()).toBe('b')
  expect(f.clock.pending).toBe(0)
})

it('a deadline that a timer of whole milliseconds misses by a fraction is a deadline all the same', async () => {
  const clock = virtualClock()
  const whole = {
    now: () => clock.now(),
    setTimer: (callback: () => void, delay: number) => clock.setTimer(callback, Math.trunc(delay)),
    clearTimer: (timer: unknown) => clock.clearTimer(timer),
  }
  const { balancer } = fleet({ a: hang }, { clock: whole, timeout: { attempt: 1_000, total: 7.9 } })
  const call = outcomeOf(balancer.fetch('/'))
  await clock.advance(7)
  expect((await call).error).toMatchObject({
    code: 'ERR_DEADLINE_EXCEEDED',
    message: expect.stringContaining('its total timeout of 7.9 ms is over'),
  })
})
