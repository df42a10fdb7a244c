import { type BalancerError, roundRobin } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import {
  answer,
  type Behaviour,
  breakOff,
  elapse,
  type Fleet,
  fleet,
  hang,
  outcomeOf,
  status,
} from '../support/fleet.js'

/** Two of three fail: never three in a row, which would eject, but enough for a breaker. */
function flaky(): Behaviour {
  let count = 0
  return (request) => (count++ % 3 === 0 ? answer(request) : breakOff(request))
}

async function calls({ balancer, clock }: Fleet, times: number, init?: RequestInit): Promise<unknown[]> {
  const ends: unknown[] = []
  for (let i = 0; i < times; i++) {
    const { value, error } = await elapse(clock, outcomeOf(balancer.fetch('/', init)))
    ends.push((error as BalancerError | undefined)?.code ?? value?.status)
  }
  return ends
}

function listen({ balancer }: Fleet): string[] {
  const told: string[] = []
  for (const name of ['circuitopened', 'circuithalfopened', 'circuitclosed'] as const) {
    balancer.on(name, ({ endpoint }) => told.push(`${name} ${endpoint?.id ?? 'service'}`))
  }
  return told
}

describe('a breaker for each endpoint', () => {
  it('takes its endpoint out of selection instead of failing calls, and brings it back by one trial', async () => {
    const f = fleet({ a: flaky(), b: answer }, { policy: roundRobin() })
    const told = listen(f)
    expect(await calls(f, 30)).toEqual(Array.from({ length: 30 }, () => 200))
    expect(f.state('a')).toBe('circuit-open')
    expect(told).toEqual(['circuitopened a'])
    f.sent.length = 0
    expect(await calls(f, 10)).toEqual(Array.from({ length: 10 }, () => 200))
    expect(f.hits()).toEqual({ b: 10 })
    await f.clock.advance(5_000)
    f.does['a'] = hang
    const trial = f.balancer.fetch('/')
    const others = calls(f, 10)
    await others
    expect(f.hits()['a']).toBe(1)
    expect(f.state('a')).toBe('trial-running')
    expect((await elapse(f.clock, trial)).status).toBe(200)
    // The caller has an answer from b, and the trial is not waited for much longer.
    await f.clock.advance(1_000)
    expect(told).toEqual(['circuitopened a', 'circuithalfopened a', 'circuitopened a'])
    await f.clock.advance(5_000)
    f.does['a'] = answer
    await calls(f, 1)
    expect(told.slice(3)).toEqual(['circuithalfopened a', 'circuitclosed a'])
    expect(f.state('a')).toBe('eligible')
  })

  it('fails fast when all are open, and says when to come back', async () => {
    const f = fleet({ a: status(500), b: status(500) }, { policy: roundRobin(), outlierDetection: false })
    await calls(f, 20)
    expect(f.state('a')).toBe('circuit-open')
    expect(f.state('b')).toBe('circuit-open')
    f.sent.length = 0
    await f.clock.advance(1_000)
    const { error } = await outcomeOf(f.balancer.fetch('/v1'))
    expect(error).toMatchObject({ code: 'ERR_CIRCUIT_OPEN', balancer: 'fleet', attempts: [] })
    const until = Math.min(...f.balancer.snapshot().endpoints.map((endpoint) => endpoint.until ?? 0))
    expect((error as BalancerError).retryAfter).toBe(until - f.clock.now())
    expect((error as BalancerError).message).toMatch(
      /GET \/v1 on 'fleet' failed: every circuit breaker is open, the next trial call is let through in \d+ ms \(no attempt was made\)/,
    )
    expect(f.sent).toEqual([])
  })

  it('then lets exactly one through', async () => {
    const f = fleet({ a: status(500) }, { policy: roundRobin() })
    await calls(f, 10)
    await f.clock.advance(5_000)
    f.does['a'] = hang
    f.sent.length = 0
    const all = Array.from({ length: 10 }, () => outcomeOf(f.balancer.fetch('/', { method: 'POST' })))
    await f.clock.advance(10_000)
    const codes = (await Promise.all(all)).map(({ error }) => (error as BalancerError).code)
    expect(f.sent).toHaveLength(1)
    expect(codes.filter((code) => code === 'ERR_ATTEMPT_TIMEOUT')).toHaveLength(1)
    expect(codes.filter((code) => code === 'ERR_CIRCUIT_OPEN')).toHaveLength(9)
  })

  it('is not disturbed by results of calls from before it opened', async () => {
    const slow: (() => void)[] = []
    const f = fleet({ a: () => new Promise((resolve) => slow.push(() => resolve(new Response('late')))) })
    const early = Array.from({ length: 5 }, () => f.balancer.fetch('/'))
    await f.clock.advance(0)
    f.does['a'] = status(500)
    await calls(f, 10)
    expect(f.state('a')).toBe('circuit-open')
    await f.clock.advance(5_000)
    expect(f.state('a')).toBe('trial-due')
    f.does['a'] = hang
    const trial = outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(0)
    // Successes of the time before must not close it, nor pass for the trial.
    for (const respond of slow) respond()
    await Promise.all(early)
    expect(f.state('a')).toBe('trial-running')
    await f.clock.advance(30_000)
    await trial
    expect(f.state('a')).not.toBe('eligible')
  })

  it('takes a trial that was never given back for lost after a minute', async () => {
    const f = fleet({ a: status(500) })
    await calls(f, 10)
    await f.clock.advance(5_000)
    f.balancer.pick()
    f.does['a'] = answer
    expect(await calls(f, 1)).toEqual(['ERR_CIRCUIT_OPEN'])
    await f.clock.advance(60_000)
    expect(await calls(f, 2)).toEqual([200, 200])
  })
})

describe('a breaker for the service', () => {
  const scope = {
    circuitBreaker: { scope: 'service' },
    outlierDetection: false,
    policy: roundRobin(),
  } as const

  it('opens for all together, lets one trial through, and closes', async () => {
    const f = fleet({ a: status(500), b: status(500) }, scope)
    const told = listen(f)
    expect(await calls(f, 12)).toEqual([
      ...Array.from({ length: 10 }, () => 500),
      'ERR_CIRCUIT_OPEN',
      'ERR_CIRCUIT_OPEN',
    ])
    expect(f.balancer.snapshot().circuit).toMatchObject({ state: 'open' })
    expect(f.sent).toHaveLength(10)
    await f.clock.advance(5_000)
    f.does['a'] = hang
    f.does['b'] = hang
    const trial = outcomeOf(f.balancer.fetch('/', { method: 'POST' }))
    await f.clock.advance(0)
    expect(f.balancer.snapshot().circuit).toEqual({ state: 'half-open' })
    expect(await calls(f, 2)).toEqual(['ERR_CIRCUIT_OPEN', 'ERR_CIRCUIT_OPEN'])
    await f.clock.advance(10_000)
    await trial
    expect(f.balancer.snapshot().circuit).toMatchObject({ state: 'open' })
    await f.clock.advance(5_000)
    f.does['a'] = answer
    f.does['b'] = answer
    expect(await calls(f, 3)).toEqual([200, 200, 200])
    expect(f.balancer.snapshot().circuit).toEqual({ state: 'closed' })
    expect(told).toEqual([
      'circuitopened service',
      'circuithalfopened service',
      'circuitopened service',
      'circuithalfopened service',
      'circuitclosed service',
    ])
  })

  it('does not go by cancelled calls: the trial is still to come', async () => {
    const f = fleet({ a: status(500) }, scope)
    await calls(f, 10)
    await f.clock.advance(5_000)
    f.does['a'] = hang
    const controller = new AbortController()
    const trial = outcomeOf(f.balancer.fetch('/', { signal: controller.signal }))
    await f.clock.advance(0)
    controller.abort()
    await trial
    f.does['a'] = answer
    expect(await calls(f, 1)).toEqual([200])
  })

  it('ends the retries of a call that it opens under', async () => {
    const f = fleet({ a: breakOff, b: breakOff, c: breakOff }, { ...scope, retry: { attempts: 50 } })
    const call = outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(30_000)
    expect((await call).error).toMatchObject({ code: 'ERR_ATTEMPT_FAILED' })
    expect(f.sent).toHaveLength(10)
  })
})
