import { type BalancerError, type BalancerOptions, roundRobin } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { answer, breakOff, type Fleet, fleet, outcomeOf, status } from '../support/fleet.js'

const at = (id: string, more = {}) => ({ id, url: `http://${id}.test`, ...more })
const calm: Partial<BalancerOptions> = { policy: roundRobin(), retry: false, panicThreshold: 0 }

async function calls({ balancer }: Fleet, times: number): Promise<BalancerError> {
  let last: unknown
  for (let i = 0; i < times; i++) last = (await outcomeOf(balancer.fetch('/'))).error
  return last as BalancerError
}

describe('without panic mode, nobody is left', () => {
  it('when the list loses all but the ejected: the error says so, and not that weights are 0', async () => {
    const f = fleet({ a: breakOff, b: answer }, calm)
    await calls(f, 8)
    f.balancer.setEndpoints([at('a'), at('c', { weight: 0 })])
    await f.clock.advance(1_000)
    const error = await calls(f, 1)
    expect(error.code).toBe('ERR_NO_ENDPOINTS')
    expect(error.message).toContain(
      'every endpoint that is left is ejected, and the next trial is due in 4000 ms',
    )
  })

  it('when the others break: it names the first trial that is due, of whatever kind', async () => {
    const f = fleet(
      { a: breakOff, b: breakOff },
      {
        ...calm,
        circuitBreaker: { resetTimeout: 60_000, volumeThreshold: 20 },
        outlierDetection: { baseEjectionTime: 1_000 },
      },
    )
    const error = await calls(f, 80)
    expect(f.state('a')).toBe('ejected')
    expect(f.state('b')).toBe('circuit-open')
    expect(error).toMatchObject({ code: 'ERR_CIRCUIT_OPEN', retryAfter: 1_000 })
    expect(error.message).toContain(
      'every endpoint is ejected or its circuit breaker is open, the next trial',
    )
  })
})

describe('an endpoint that is ejected and whose breaker is open', () => {
  it('is shown as out until both are over', async () => {
    const f = fleet(
      { a: status(500), b: answer },
      { ...calm, circuitBreaker: { volumeThreshold: 5 }, outlierDetection: { baseEjectionTime: 9_000 } },
    )
    await calls(f, 10)
    await f.clock.advance(6_000)
    expect(f.balancer.snapshot().endpoints[0]).toMatchObject({
      state: 'circuit-open',
      until: f.clock.now() + 3_000,
    })
  })
})

describe('a trial', () => {
  it('is put off by a breaker that opens in panic mode while the trial is due', async () => {
    const f = fleet(
      { a: breakOff, b: answer, c: answer, d: answer },
      {
        policy: roundRobin(),
        retry: false,
        panicThreshold: 1,
        priority: { overprovisioningFactor: 1 },
        circuitBreaker: { volumeThreshold: 8, resetTimeout: 5_000 },
      },
    )
    const posts = async (times: number) => {
      for (let i = 0; i < times; i++) await outcomeOf(f.balancer.fetch('/', { method: 'POST' }))
    }
    await posts(16)
    await f.clock.advance(5_000)
    await posts(20)
    expect(f.balancer.snapshot().endpoints[0]).toMatchObject({
      state: 'circuit-open',
      until: f.clock.now() + 5_000,
    })
    f.sent.length = 0
    await f.clock.advance(4_999)
    await posts(4)
    expect(f.sent).not.toContain('a')
    await f.clock.advance(1)
    expect(f.state('a')).toBe('trial-due')
  })

  it('is not what pick gives to somebody who asked to avoid it', async () => {
    const f = fleet({ a: answer, b: answer }, { policy: roundRobin() })
    const [a, b] = f.balancer.endpoints()
    for (let i = 0; i < 3; i++) f.balancer.pick({ avoid: [b!] }).fail(new TypeError('fetch failed'))
    await f.clock.advance(5_000)
    expect(f.state('a')).toBe('trial-due')
    await f.clock.advance(1_000)
    const pick = f.balancer.pick({ avoid: [a!] })
    expect(pick.endpoint.id).toBe('b')
    expect(f.balancer.pick().endpoint.id).toBe('a')
  })
})

describe('panic', () => {
  it('ends with the priority that was in it', async () => {
    const f = fleet({ a: breakOff, b: answer, c: answer }, { policy: roundRobin(), retry: false })
    f.balancer.setEndpoints([at('a'), at('b'), at('c', { priority: 1, weight: 0 })])
    const told: unknown[] = []
    f.balancer.on('panicstarted', (event) => told.push('started', event))
    f.balancer.on('panicended', (event) => told.push('ended', event))
    await calls(f, 8)
    f.balancer.setEndpoints([at('a'), at('c', { priority: 1, weight: 0 })])
    f.balancer.snapshot()
    f.balancer.setEndpoints([at('c', { priority: 1 })])
    f.balancer.snapshot()
    const empty = { priority: 0, eligible: 0, total: 0 }
    expect(told).toEqual(['started', { ...empty, total: 1 }, 'ended', empty])
  })
})
