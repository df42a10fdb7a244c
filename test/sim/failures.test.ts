import { type Scenario, simulate } from 'evenkeel/sim'
import { describe, expect, it } from 'vitest'

const fleet = (more: Partial<Scenario>): Scenario => ({
  servers: [
    { name: 'good', count: 4, service: 10 },
    { name: 'bad', count: 1, service: 10 },
  ],
  arrivals: { rate: 200, process: 'even' },
  requests: 4_000,
  warmUp: 0,
  ...more,
})

describe('in virtual time', () => {
  it('an attempt times out, is tried elsewhere, and its server is ejected and comes back', async () => {
    const result = await simulate(
      fleet({
        changes: [{ kind: 'outage', servers: 'bad', how: 'silent', from: 5_000, until: 10_000 }],
        // Nobody looks out for silence here: endpoints have their timeouts.
        balancer: {
          policy: 'roundRobin',
          timeout: { attempt: 500 },
          outlierDetection: { overdueFactor: 0 },
        },
      }),
    )
    expect(result.calls).toEqual({ total: 4_000, answered: 4_000, failed: 0, unfinished: 0 })
    expect(result.ejections).toBeGreaterThan(0)
    expect(result.retries).toBeGreaterThan(0)
    expect(result.retries).toBe(result.attempts - result.calls.total)
    // 500 ms of waiting, a pause of at most 25 ms, and 10 ms of work somewhere else.
    expect(result.measured.latency.max).toBeGreaterThanOrEqual(510)
    expect(result.measured.latency.max).toBeLessThan(540)
    expect(result.groups[1]?.endShare).toBeCloseTo(0.2, 1)
    expect(result.duration).toBe(20_000)
  })

  it('a server that goes silent is noticed before its calls time out, and they go elsewhere', async () => {
    const result = await simulate(
      fleet({
        changes: [{ kind: 'outage', servers: 'bad', how: 'silent', from: 5_000, until: 10_000 }],
        balancer: { policy: 'roundRobin', timeout: { attempt: 500 } },
      }),
    )
    expect(result.calls).toEqual({ total: 4_000, answered: 4_000, failed: 0, unfinished: 0 })
    expect(result.retries).toBe(result.attempts - result.calls.total)
    // It has to be silent for 150 ms, and to be looked at then.
    expect(result.measured.latency.max).toBeGreaterThanOrEqual(150)
    expect(result.measured.latency.max).toBeLessThan(300)
  })

  it('a refused connection is tried elsewhere at once', async () => {
    const result = await simulate(
      fleet({
        changes: [{ kind: 'outage', servers: 'bad', how: 'refuse', from: 5_000 }],
        balancer: { policy: 'roundRobin', retry: { backoff: { base: 0 } } },
      }),
    )
    expect(result.calls.failed).toBe(0)
    expect(result.retries).toBeGreaterThanOrEqual(3)
    // What was in the server when it died took half of its time there already.
    expect(result.measured.latency.max).toBe(15)
  })

  it('without retries and ejection every failure reaches the caller', async () => {
    const result = await simulate(
      fleet({
        changes: [{ kind: 'outage', servers: 'bad', how: 503 }],
        balancer: { policy: 'roundRobin', retry: false, outlierDetection: false, circuitBreaker: false },
      }),
    )
    expect(result.calls).toEqual({ total: 4_000, answered: 3_200, failed: 800, unfinished: 0 })
    expect(result.measured.success).toBe(0.8)
  })

  it('connections break when their server dies with calls in it', async () => {
    const result = await simulate(
      fleet({
        servers: [{ name: 'bad', count: 1, service: 1_000, slots: 100 }],
        changes: [{ kind: 'outage', servers: 'bad', how: 'refuse', from: 10_000, until: 10_001 }],
        balancer: { retry: false },
      }),
    )
    // 100 in its slots, and those that waited for one.
    expect(result.calls.failed).toBeGreaterThanOrEqual(100)
    expect(result.calls.answered + result.calls.failed).toBe(4_000)
  })

  it('counts as unfinished what waits for ever', async () => {
    const result = await simulate(
      fleet({
        servers: { service: 10, slots: 1_000 },
        changes: [{ kind: 'outage', servers: 1, how: 'silent', from: 19_000 }],
        balancer: { timeout: false },
      }),
    )
    const { total, answered, failed, unfinished } = result.calls
    expect(unfinished).toBeGreaterThan(150)
    expect(answered + failed + unfinished).toBe(total)
  })

  it('a full queue answers 503 at once', async () => {
    const result = await simulate(
      fleet({
        servers: { service: 10, slots: 1, queue: 5 },
        balancer: { retry: false, outlierDetection: false, circuitBreaker: false },
      }),
    )
    // It can do 100 of 200 a second, and nobody waits for more than five others.
    expect(result.measured.success).toBeCloseTo(0.5, 2)
    expect(result.measured.latency.max).toBeLessThanOrEqual(60)
  })

  it('POST is not sent again once it may have been seen', async () => {
    const outage = [{ kind: 'outage', servers: 'bad', how: 'silent' }] as const
    const balancer = { policy: 'roundRobin', timeout: { attempt: 100 } }
    const post = await simulate(fleet({ method: 'POST', changes: outage, balancer }))
    const get = await simulate(fleet({ changes: outage, balancer }))
    expect(post.retries).toBe(0)
    expect(post.calls.failed).toBeGreaterThan(0)
    expect(get.calls.failed).toBe(0)
  })
})
