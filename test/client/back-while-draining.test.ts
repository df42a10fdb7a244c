import { type Pick, roundRobin } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { afterMs, answer, breakOff, elapse, type Fleet, fleet, status } from '../support/fleet.js'

const a = { id: 'a', url: 'http://a.test' }
const b = { id: 'b', url: 'http://b.test' }

/** Keeps an endpoint in flight, so that it drains for as long as it is off the list. */
function hold({ balancer }: Fleet, id: string): Pick {
  for (;;) {
    const pick = balancer.pick()
    if (pick.endpoint.id === id) return pick
    pick.release()
  }
}

describe('an endpoint that comes back while it drains', () => {
  it('is tried out once, also when its trial was due before', async () => {
    const f = fleet({ a: breakOff, b: answer }, { policy: roundRobin() })
    const held = hold(f, 'a')
    for (let i = 0; i < 8; i++) await elapse(f.clock, f.balancer.fetch('/'))
    await f.clock.advance(60_000)
    expect(f.state('a')).toBe('trial-due')
    f.balancer.setEndpoints([b])
    f.balancer.setEndpoints([a, b])
    expect(f.state('a')).toBe('trial-due')

    f.does['a'] = afterMs(f.clock, 500)
    f.sent.length = 0
    const calls = Array.from({ length: 6 }, () => f.balancer.fetch('/'))
    await f.clock.advance(10)
    expect(f.sent.toSorted()).toEqual(['a', 'b', 'b', 'b', 'b', 'b'])
    await f.clock.advance(1_000)
    await Promise.all(calls)
    expect(f.state('a')).toBe('eligible')
    held.release()
  })

  it('is free of a breaker that was let go of when it left', async () => {
    const circuitBreaker = { volumeThreshold: 1 }
    const f = fleet(
      { a: status(500), b: answer },
      { policy: roundRobin(), outlierDetection: false, circuitBreaker },
    )
    const held = hold(f, 'a')
    for (let i = 0; i < 4; i++) await elapse(f.clock, f.balancer.fetch('/'))
    expect(f.state('a')).toBe('circuit-open')
    f.balancer.setEndpoints([b])
    f.balancer.setEndpoints([a, b])
    expect(f.state('a')).toBe('eligible')
    held.release()
  })
})
