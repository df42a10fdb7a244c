import { BalancerError, leastRequest, type Policy, roundRobin } from 'evenkeel'
import { virtualClock } from 'evenkeel/testing'
import { describe, expect, it, vi } from 'vitest'
import {
  afterMs,
  answer,
  breakOff,
  elapse,
  fleet,
  hang,
  outcomeOf,
  refuse,
  status,
} from '../support/fleet.js'

/** Runs calls one after the other; gives what came of each. */
async function many(times: number, call: () => Promise<Response>): Promise<(number | string)[]> {
  const results: (number | string)[] = []
  for (let i = 0; i < times; i++) {
    const { value, error } = await outcomeOf(call())
    results.push(value?.status ?? (error as BalancerError).code)
  }
  return results
}

describe('retries', () => {
  it('go to another endpoint each time while one is left', async () => {
    const { balancer, clock, sent } = fleet({ a: breakOff, b: breakOff, c: answer })
    const call = balancer.fetch('/')
    await clock.advance(1_000)
    expect((await call).status).toBe(200)
    expect(sent.at(-1)).toBe('c')
    expect(new Set(sent).size).toBe(sent.length)
  })

  it.each([
    ['least-request', leastRequest],
    ['round-robin', roundRobin],
    [
      'one of their own that always says the same',
      (): Policy => ({ name: 'stubborn', pick: (view) => view.at(0) }),
    ],
  ])('hold that for policy %s', async (_, policy) => {
    const does = { a: breakOff, b: breakOff, c: breakOff, d: breakOff, e: answer }
    const { balancer, clock, sent } = fleet(does, { policy: policy(), retry: { attempts: 5 } })
    const call = balancer.fetch('/')
    await clock.advance(5_000)
    expect((await call).status).toBe(200)
    expect(new Set(sent).size).toBe(sent.length)
  })

  it('stop after three attempts that reached a server, and tell of each', async () => {
    const { balancer, clock } = fleet({ a: breakOff, b: breakOff, c: breakOff, d: breakOff })
    const call = outcomeOf(balancer.fetch('/v1/me?secret=1'))
    await clock.advance(1_000)
    const error = (await call).error as BalancerError
    expect(error).toBeInstanceOf(BalancerError)
    expect(error.code).toBe('ERR_ATTEMPT_FAILED')
    expect(error.balancer).toBe('fleet')
    expect(error.attempts).toHaveLength(3)
    expect(error.attempts[0]).toMatchObject({
      number: 1,
      kind: 'broken',
      progress: 'sent',
      status: undefined,
    })
    expect(error.message).toMatch(
      /^GET \/v1\/me on 'fleet' failed: ECONNRESET \(3 attempts: #1 [a-d] broken ECONNRESET after 0 ms; #2/,
    )
    expect(error.message).not.toContain('secret')
    expect((error.cause as Error).message).toBe('fetch failed')
  })

  it('find the one endpoint that answers among many that refuse, whatever the method', async () => {
    const does = { a: refuse, b: refuse, c: refuse, d: refuse, e: refuse, f: answer }
    for (const method of ['GET', 'POST']) {
      const { balancer, clock } = fleet(does)
      const results = many(20, () => balancer.fetch('/', { method, body: method === 'POST' ? 'x' : null }))
      await clock.advance(1_000)
      expect(await results).toEqual(Array.from({ length: 20 }, () => 200))
    }
  })

  it('of everybody refusing end when all have been tried, and then after three attempts', async () => {
    for (const [n, attempts] of [
      [1, 3],
      [2, 3],
      [3, 3],
      [5, 5],
    ] as const) {
      const does = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].slice(0, n).map((id) => [id, refuse]))
      const { balancer, clock, sent } = fleet(does)
      const call = outcomeOf(balancer.fetch('/'))
      await clock.advance(5_000)
      expect((await call).error).toMatchObject({ code: 'ERR_ATTEMPT_FAILED' })
      expect(sent).toHaveLength(attempts)
    }
  })

  it('do not happen for what may have been done, and is not idempotent', async () => {
    const { balancer, sent } = fleet({ a: breakOff, b: breakOff })
    const { error } = await outcomeOf(balancer.fetch('/', { method: 'POST', body: 'x' }))
    expect(error).toMatchObject({ code: 'ERR_ATTEMPT_FAILED' })
    expect(sent).toHaveLength(1)
  })

  it('return the last answer when they run out', async () => {
    const { balancer, clock, sent } = fleet({
      a: status(503),
      b: status(503),
      c: status(503),
      d: status(503),
    })
    const call = balancer.fetch('/')
    await clock.advance(1_000)
    const response = await call
    expect(response.status).toBe(503)
    expect(await response.text()).toBe('status 503')
    expect(sent).toHaveLength(3)
  })

  it('let a dead service see at most 1.2 times its traffic, where the floor does not matter', async () => {
    const { balancer, clock, sent } = fleet(
      { a: breakOff, b: breakOff, c: breakOff },
      { retry: { budget: { minPerSecond: 0 } }, circuitBreaker: false },
    )
    const calls = 2_000
    const results = Array.from({ length: calls }, () => 0)
    for (let i = 0; i < calls; i++) {
      void outcomeOf(balancer.fetch('/')).then(() => results.pop())
      if (i % 20 === 0) await clock.advance(10)
    }
    await clock.advance(10_000)
    expect(results).toHaveLength(0)
    expect(sent.length / calls).toBeLessThanOrEqual(1.2)
    expect(sent.length / calls).toBeGreaterThan(1.15)
  })

  it('pause by full jitter between attempts on the same endpoint', async () => {
    const { balancer, clock, sent } = fleet({ a: breakOff }, { random: () => 0.999 })
    const call = outcomeOf(balancer.fetch('/'))
    await clock.advance(24)
    expect(sent).toHaveLength(1)
    await clock.advance(1)
    expect(sent).toHaveLength(2)
    await clock.advance(49)
    expect(sent).toHaveLength(2)
    await clock.advance(1)
    expect(sent).toHaveLength(3)
    expect((await call).error).toMatchObject({ code: 'ERR_ATTEMPT_FAILED' })
    expect(clock.pending).toBe(0)
  })

  it('are made on a 4xx that was asked for, which is not held against its endpoint', async () => {
    const f = fleet(
      { a: status(408), b: answer },
      { policy: roundRobin(), retry: { statuses: [408] }, random: () => 0 },
    )
    for (let i = 0; i < 10; i++) {
      expect((await elapse(f.clock, f.balancer.fetch('/'))).status).toBe(200)
    }
    const { counts, endpoints } = f.balancer.snapshot()
    expect(counts.retries).toBe(5)
    expect(endpoints.map(({ state, failures }) => [state, failures])).toEqual([
      ['eligible', 0],
      ['eligible', 0],
    ])
    const alone = fleet({ a: status(408) }, { retry: { statuses: [408] } })
    expect((await elapse(alone.clock, alone.balancer.fetch('/'))).status).toBe(408)
    expect(alone.sent).toHaveLength(3)
    const post = fleet({ a: status(408) }, { retry: { statuses: [408] } })
    expect((await elapse(post.clock, post.balancer.fetch('/', { method: 'POST' }))).status).toBe(408)
    expect(post.sent).toHaveLength(1)
  })

  it('end the call when shouldRetry answers with a promise, which would always mean yes', async () => {
    const shouldRetry = (async () => false) as never
    const f = fleet({ a: status(503) }, { retry: { shouldRetry } })
    const { error } = await elapse(f.clock, outcomeOf(f.balancer.fetch('/')))
    expect(error).toMatchObject({
      code: 'ERR_INVALID_CONFIG',
      message: expect.stringMatching(/`retry\.shouldRetry`.*at once/),
    })
    expect(f.sent).toHaveLength(1)
  })

  it('end the call when shouldRetry throws, with that error', async () => {
    const bug = new Error('bug in shouldRetry')
    const shouldRetry = () => {
      throw bug
    }
    const { balancer } = fleet({ a: breakOff }, { retry: { shouldRetry } })
    expect((await outcomeOf(balancer.fetch('/'))).error).toBe(bug)
  })
})

describe('timeouts', () => {
  it('of an attempt send the call elsewhere', async () => {
    const { balancer, clock, sent } = fleet({ a: hang, b: answer }, { policy: roundRobin(), random: () => 0 })
    const call = balancer.fetch('/')
    await clock.advance(9_999)
    expect(sent).toEqual(['a'])
    await clock.advance(1_000)
    expect(sent).toEqual(['a', 'b'])
    expect((await call).status).toBe(200)
  })

  it('of the last attempt are told from those of the call', async () => {
    const { balancer, clock } = fleet({ a: hang }, { retry: false })
    const attempt = outcomeOf(balancer.fetch('/'))
    await clock.advance(10_000)
    expect((await attempt).error).toMatchObject({
      code: 'ERR_ATTEMPT_TIMEOUT',
      message: expect.stringMatching(/no answer within 10000 ms/),
      attempts: [{ kind: 'timeout', duration: 10_000 }],
    })
    const total = outcomeOf(balancer.fetch('/', { balancer: { timeout: { total: 300 } } }))
    await clock.advance(300)
    expect((await total).error).toMatchObject({
      code: 'ERR_DEADLINE_EXCEEDED',
      message: expect.stringMatching(/its total timeout of 300 ms is over/),
    })
    expect(clock.pending).toBe(0)
  })

  it('of the call include attempts and pauses', async () => {
    const { balancer, clock, sent } = fleet(
      { a: hang, b: hang, c: hang, d: hang },
      { timeout: { attempt: 400, total: 1_000 }, retry: { attempts: 9 } },
    )
    const start = clock.now()
    let end = 0
    const call = outcomeOf(balancer.fetch('/')).finally(() => {
      end = clock.now()
    })
    await clock.advance(2_000)
    expect((await call).error).toMatchObject({ code: 'ERR_DEADLINE_EXCEEDED' })
    expect(end - start).toBeLessThanOrEqual(1_000)
    expect(sent.length).toBeGreaterThanOrEqual(3)
  })

  it('hold although a transport takes no notice of its signal; what comes late is let go of', async () => {
    const clock = virtualClock()
    const cancel = vi.fn()
    const late = () => new Response(new ReadableStream({ cancel }))
    const { balancer } = fleet({ a: afterMs(clock, 20_000, late) }, { clock, retry: false })
    const call = outcomeOf(balancer.fetch('/'))
    await clock.advance(10_000)
    expect((await call).error).toMatchObject({ code: 'ERR_ATTEMPT_TIMEOUT' })
    expect(balancer.snapshot().endpoints[0]).toMatchObject({ inFlight: 0, failures: 1 })
    await clock.advance(10_000)
    expect(cancel).toHaveBeenCalledOnce()
    expect(balancer.snapshot().endpoints[0]).toMatchObject({ inFlight: 0, successes: 0 })
  })

  it('are not held against an endpoint that only got what others left of the time', async () => {
    const { balancer, clock } = fleet({ a: hang, b: hang }, { timeout: { attempt: 600, total: 1_000 } })
    const call = outcomeOf(balancer.fetch('/'))
    await clock.advance(1_000)
    await call
    const failures = balancer.snapshot().endpoints.map((endpoint) => endpoint.failures)
    expect(failures.sort()).toEqual([0, 1])
  })

  it('may be none at all', async () => {
    const { balancer, clock, sent } = fleet({ a: hang }, { timeout: false })
    const controller = new AbortController()
    const call = outcomeOf(balancer.fetch('/', { signal: controller.signal }))
    await clock.advance(1e9)
    expect(sent).toHaveLength(1)
    controller.abort()
    expect((await call).error).toBe(controller.signal.reason)
  })
})

describe('an abort by the caller', () => {
  const reason = new Error('changed my mind')

  it('before the call means that nothing is sent', async () => {
    const { balancer, sent } = fleet({ a: answer })
    expect((await outcomeOf(balancer.fetch('/', { signal: AbortSignal.abort(reason) }))).error).toBe(reason)
    expect(sent).toEqual([])
  })

  it('during an attempt ends it, and is not held against the endpoint', async () => {
    const { balancer, clock } = fleet({ a: hang })
    const controller = new AbortController()
    const call = outcomeOf(balancer.fetch('/', { signal: controller.signal }))
    await clock.advance(5)
    controller.abort(reason)
    expect((await call).error).toBe(reason)
    expect(balancer.snapshot().endpoints[0]).toMatchObject({
      inFlight: 0,
      failures: 0,
      consecutiveFailures: 0,
    })
    expect(clock.pending).toBe(0)
  })

  it('during a pause ends that, with any reason at all', async () => {
    const { balancer, clock, sent } = fleet({ a: breakOff }, { random: () => 0.9 })
    const controller = new AbortController()
    const call = outcomeOf(balancer.fetch('/', { signal: controller.signal }))
    await clock.advance(5)
    controller.abort('not even an error')
    expect((await call).error).toBe('not even an error')
    expect(sent).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it('that a transport takes no notice of is answered all the same', async () => {
    const clock = virtualClock()
    const { balancer } = fleet({ a: afterMs(clock, 1_000) }, { clock })
    const controller = new AbortController()
    const call = outcomeOf(balancer.fetch('/', { signal: controller.signal }))
    await clock.advance(5)
    controller.abort(reason)
    expect((await call).error).toBe(reason)
    await clock.advance(1_000)
    expect(balancer.snapshot().endpoints[0]?.inFlight).toBe(0)
  })
})

describe('a frozen process', () => {
  it('does not hold what it missed against an endpoint', async () => {
    const { balancer, clock } = fleet({ a: hang }, { retry: false })
    const call = outcomeOf(balancer.fetch('/'))
    await clock.advance(5)
    clock.freeze(600_000)
    await clock.advance(5)
    expect((await call).error).toMatchObject({
      code: 'ERR_DEADLINE_EXCEEDED',
      attempts: [{ kind: 'stalled' }],
    })
    expect(balancer.snapshot().endpoints[0]).toMatchObject({ failures: 0, consecutiveFailures: 0 })
  })

  it('does not take the time for latency', async () => {
    const clock = virtualClock()
    let respond: (response: Response) => void = () => {}
    const { balancer } = fleet(
      {
        a: () =>
          new Promise((resolve) => {
            respond = resolve
          }),
      },
      { clock },
    )
    const call = balancer.fetch('/')
    await clock.advance(5)
    clock.freeze(600_000)
    respond(new Response('late, but here'))
    expect(await (await call).text()).toBe('late, but here')
    expect(balancer.snapshot().endpoints[0]).toMatchObject({ successes: 1 })
    expect(balancer.snapshot().endpoints[0]).not.toHaveProperty('latency')
  })

  it('does not take an ejected endpoint for healed: it comes back by one trial', async () => {
    const { balancer, clock, does, sent, state } = fleet({ a: breakOff, b: answer }, { policy: roundRobin() })
    for (let i = 0; i < 6; i++) {
      const call = balancer.fetch('/')
      await clock.advance(50)
      await call
    }
    expect(state('a')).toBe('ejected')
    clock.freeze(600_000)
    sent.length = 0
    does['a'] = hang
    const calls = Array.from({ length: 20 }, () => outcomeOf(balancer.fetch('/')))
    await clock.advance(0)
    expect(sent.filter((id) => id === 'a')).toHaveLength(1)
    expect(state('a')).toBe('trial-running')
    await clock.advance(30_000)
    for (const { value } of await Promise.all(calls)) expect(value?.status).toBe(200)
  })
})
