import { type BalancerEvents, type Policy, roundRobin } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import {
  afterMs,
  answer,
  type Behaviour,
  breakOff,
  elapse,
  type Fleet,
  fleet,
  hang,
  outcomeOf,
  refuse,
  status,
} from '../support/fleet.js'

/** A fleet of which `a` gets the first call, and is hedged after 50 ms. */
function hedged(does: Record<string, Behaviour>, more: Parameters<typeof fleet>[1] = {}): Fleet {
  return fleet(does, { policy: roundRobin(), random: () => 0, hedge: { delay: 50 }, ...more })
}

function hear<N extends 'hedge' | 'attempt'>({ balancer }: Fleet, name: N): BalancerEvents[N][] {
  const events: BalancerEvents[N][] = []
  balancer.on(name, (event) => events.push(event))
  return events
}

/** Sends calls that take `ms` each, so that there are latencies to go by. */
async function learn(f: Fleet, calls: number): Promise<void> {
  for (let i = 0; i < calls; i++) await elapse(f.clock, f.balancer.fetch('/'))
}

describe('hedging', () => {
  it('sends a call that is slow to another endpoint as well, and gives the slow attempt up', async () => {
    const f = hedged({ a: hang, b: answer })
    const hedges = hear(f, 'hedge')
    const attempts = hear(f, 'attempt')
    const before = f.clock.now()
    const call = f.balancer.fetch('/')
    await f.clock.advance(49)
    expect(f.sent).toEqual(['a'])
    await f.clock.advance(1)
    expect(await (await call).text()).toBe('b')
    expect(f.clock.now() - before).toBe(50)
    expect(hedges).toMatchObject([
      { endpoint: { id: 'b' }, instead: { id: 'a' }, reason: 'slow', waited: 50 },
    ])
    expect(attempts).toMatchObject([
      { endpoint: { id: 'a' }, kind: 'superseded', latency: 50, number: 1 },
      { endpoint: { id: 'b' }, kind: 'success', latency: 0, number: 2 },
    ])
    const { counts, endpoints } = f.balancer.snapshot()
    expect(counts).toMatchObject({ calls: 1, attempts: 2, hedges: 1, hedgesWon: 1, retries: 0, failures: 0 })
    expect(endpoints.map(({ inFlight, failures }) => [inFlight, failures])).toEqual([
      [0, 0],
      [0, 0],
    ])
    await f.balancer.close()
    expect(f.clock.pending).toBe(0)
  })

  it('aborts the loser, whose late answer is let go of', async () => {
    let aborted: unknown
    let late: Response | undefined
    const f = hedged({
      a: ({ init }) => {
        init.signal?.addEventListener('abort', () => {
          aborted = init.signal?.reason
        })
        return new Promise((resolve) => {
          f.clock.setTimer(() => {
            late = new Response('late')
            resolve(late)
          }, 200)
        })
      },
      b: answer,
    })
    await elapse(f.clock, f.balancer.fetch('/'))
    expect(aborted).toMatchObject({ name: 'AbortError' })
    await f.clock.advance(300)
    expect(late?.bodyUsed).toBe(true)
  })

  it('takes the first attempt when that is answered first, and gives the other up', async () => {
    const f = hedged({ a: (request) => afterMs(f.clock, 80)(request), b: hang })
    const attempts = hear(f, 'attempt')
    expect(await (await elapse(f.clock, f.balancer.fetch('/'))).text()).toBe('a')
    expect(attempts.map(({ endpoint, kind }) => [endpoint.id, kind])).toEqual([
      ['b', 'superseded'],
      ['a', 'success'],
    ])
    expect(f.balancer.snapshot().counts).toMatchObject({ hedges: 1, hedgesWon: 0 })
  })

  it('waits for the other attempt when one fails in a way that is not tried again', async () => {
    const f: Fleet = hedged({ a: (request) => afterMs(f.clock, 200)(request), b: status(500), c: answer })
    expect(await (await elapse(f.clock, f.balancer.fetch('/'))).text()).toBe('a')
    expect(f.sent).toEqual(['a', 'b'])
    expect(f.balancer.snapshot().counts).toMatchObject({ attempts: 2, hedges: 1, retries: 0 })
  })

  it('does not wait for the other attempt before it tries again for one that failed', async () => {
    const f: Fleet = hedged(
      { a: (request) => afterMs(f.clock, 60, breakOff)(request), b: hang, c: answer },
      { timeout: { attempt: 1_000 } },
    )
    const before = f.clock.now()
    expect(await (await elapse(f.clock, f.balancer.fetch('/'))).text()).toBe('c')
    expect(f.clock.now() - before).toBe(60)
    expect(f.sent).toEqual(['a', 'b', 'c'])
    expect(f.balancer.snapshot().counts).toMatchObject({ attempts: 3, hedges: 1, retries: 1 })
  })

  it('makes no more attempts than it may for those that failed', async () => {
    const fails: Behaviour = (request) => afterMs(f.clock, 60, breakOff)(request)
    const f: Fleet = hedged(
      { a: fails, b: hang, c: fails, d: answer },
      { retry: { attempts: 2 }, timeout: { attempt: 500 } },
    )
    const { error } = await elapse(f.clock, outcomeOf(f.balancer.fetch('/')))
    expect(f.sent).toEqual(['a', 'b'])
    expect(error).toMatchObject({ code: 'ERR_ATTEMPT_TIMEOUT' })
  })

  it('hands the answer over when all have failed and one of them was answered, whichever came last', async () => {
    const f = hedged({ a: hang, b: status(503) }, { retry: { attempts: 1 }, timeout: { attempt: 500 } })
    const response = await elapse(f.clock, f.balancer.fetch('/'))
    expect(response.status).toBe(503)
    expect(await response.text()).toBe('status 503')
    expect(f.balancer.snapshot().counts).toMatchObject({ calls: 1, attempts: 2, failures: 0 })
  })

  it('tells all attempts of a call that came to nothing', async () => {
    const f = hedged({ a: hang, b: hang }, { retry: false, timeout: { attempt: 200 } })
    const { error } = await elapse(f.clock, outcomeOf(f.balancer.fetch('/')))
    expect(error).toMatchObject({
      code: 'ERR_ATTEMPT_TIMEOUT',
      attempts: [
        { number: 1, endpoint: 'a', duration: 200 },
        { number: 2, endpoint: 'b', duration: 200 },
      ],
    })
  })

  it('asks up to `max` others, one after the other', async () => {
    const f = hedged({ a: hang, b: hang, c: answer, d: answer }, { hedge: { delay: 50, max: 2 } })
    const call = f.balancer.fetch('/')
    await f.clock.advance(99)
    expect(f.sent).toEqual(['a', 'b'])
    expect(await (await elapse(f.clock, call)).text()).toBe('c')
    expect(f.balancer.snapshot().endpoints.map(({ inFlight }) => inFlight)).toEqual([0, 0, 0, 0])
  })

  it.each([
    ['POST', { method: 'POST', body: 'x' }],
    ['a body that can be read once', { method: 'PUT', body: new ReadableStream(), duplex: 'half' as const }],
    ['a call that asks for none', { balancer: { hedge: false as const } }],
    ['a call for a request that is a retry already', { balancer: { attempt: 2 } }],
  ])('does not hedge %s', async (_, init) => {
    const f = hedged({ a: (request) => afterMs(f.clock, 200)(request), b: answer })
    await elapse(f.clock, f.balancer.fetch('/', init))
    expect(f.sent).toEqual(['a'])
  })

  it('hedges one call that asks for it, and an idempotent action', async () => {
    const f = hedged({ a: hang, b: answer, c: hang, d: answer }, { hedge: false })
    const one = await elapse(f.clock, f.balancer.fetch('/', { balancer: { hedge: { delay: 20 } } }))
    expect(await one.text()).toBe('b')
    const numbers: number[] = []
    const two = f.balancer.execute(
      ({ endpoint, signal, number }) => {
        numbers.push(number)
        if (endpoint.id === 'd') return 'd'
        return new Promise<string>((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        )
      },
      { idempotent: true, hedge: { delay: 20 } },
    )
    expect(await elapse(f.clock, two)).toBe('d')
    expect(numbers).toEqual([1, 2])
  })

  it('takes hedges out of the budget of retries', async () => {
    const budget = { ratio: 0, minPerSecond: 0.2 }
    const f = hedged(
      { a: (request) => afterMs(f.clock, 200)(request), b: (request) => afterMs(f.clock, 200)(request) },
      { retry: { budget } },
    )
    const calls = [1, 2, 3, 4].map(() => f.balancer.fetch('/'))
    await elapse(f.clock, Promise.all(calls))
    expect(f.balancer.snapshot()).toMatchObject({ counts: { hedges: 2 }, retryBudget: { balance: 0 } })
  })

  it('ends all attempts when the caller gives up', async () => {
    const f = hedged({ a: hang, b: hang })
    const attempts = hear(f, 'attempt')
    const controller = new AbortController()
    const call = outcomeOf(f.balancer.fetch('/', { signal: controller.signal }))
    await f.clock.advance(60)
    controller.abort('enough')
    expect((await call).error).toBe('enough')
    expect(attempts.map(({ kind, error }) => [kind, error])).toEqual([
      ['cancelled', 'enough'],
      ['cancelled', 'enough'],
    ])
    expect(f.clock.pending).toBe(0)
  })

  it.each(['hedge', 'ejected'] as const)(
    'ends well when somebody who hears of `%s` gives the call up',
    async (event) => {
      // Calls go where their key says, and hedges to b: which is found to be silent then.
      const policy: Policy = {
        name: 'by-name',
        pick(view, { tried, key }) {
          const all = Array.from({ length: view.size }, (_, i) => view.at(i))
          return (
            all.find(({ id }) => id === (tried.length > 0 ? 'b' : key)) ??
            all.find((one) => !tried.includes(one))
          )
        },
      }
      const f = hedged({ a: hang, b: hang, c: answer }, { policy, hedge: { delay: 400 } })
      const to = (hashKey: string) => f.balancer.fetch('/', { method: 'POST', balancer: { hashKey } })
      const ends = [1, 2, 3].map(() => outcomeOf(to('b')))
      for (let i = 0; i < 20; i++) await to('c')
      const controller = new AbortController()
      f.balancer.once(event, () => controller.abort('enough'))
      const call = outcomeOf(f.balancer.fetch('/', { signal: controller.signal, balancer: { hashKey: 'a' } }))
      // Not silent for long enough yet, when these look at it.
      await f.clock.advance(100)
      for (let i = 0; i < 5; i++) await to('c')
      await f.clock.advance(300)
      expect((await call).error).toBe('enough')
      expect(f.state('b')).toBe('ejected')
      await elapse(f.clock, Promise.all(ends))
      const { endpoints, counts } = f.balancer.snapshot()
      expect(endpoints.map(({ inFlight }) => inFlight)).toEqual([0, 0, 0])
      expect(counts.attempts).toBe(f.sent.length)
      // Told of the hedge, it has been sent; told of the ejection, it need not be any more.
      expect(f.hits()).toEqual({ a: 1, b: 3, c: event === 'hedge' ? 26 : 25 })
      await f.balancer.close()
      expect(f.clock.pending).toBe(0)
    },
  )

  it('ends well when somebody who hears of `retry` gives the call up', async () => {
    const f: Fleet = hedged({ a: (request) => afterMs(f.clock, 60, breakOff)(request), b: hang, c: hang })
    const controller = new AbortController()
    f.balancer.on('retry', () => controller.abort('enough'))
    const call = outcomeOf(f.balancer.fetch('/', { signal: controller.signal }))
    await f.clock.advance(70)
    expect((await call).error).toBe('enough')
    expect(f.balancer.snapshot().endpoints.map(({ inFlight }) => inFlight)).toEqual([0, 0, 0])
    await f.balancer.close()
    expect(f.clock.pending).toBe(0)
  })

  it('goes on with what there is when there is nobody else', async () => {
    const f = hedged({ a: (request) => afterMs(f.clock, 200)(request) })
    expect(await (await elapse(f.clock, f.balancer.fetch('/'))).text()).toBe('a')
    expect(f.balancer.snapshot()).toMatchObject({ counts: { hedges: 0 }, retryBudget: { balance: 100 } })
  })

  it('keeps to the subset of its call', async () => {
    const endpoints = ['a', 'b', 'c'].map((id) => ({
      id,
      url: `http://${id}.test`,
      metadata: { v: id === 'b' ? 1 : 2 },
    }))
    const f = hedged({ a: hang, b: answer, c: answer }, { endpoints })
    const response = await elapse(f.clock, f.balancer.fetch('/', { balancer: { subset: { v: 2 } } }))
    expect(await response.text()).toBe('c')
  })
})

describe('a percentile as the delay', () => {
  const slow =
    (f: () => Fleet, ms: number): Behaviour =>
    (request) =>
      afterMs(f().clock, ms)(request)

  it('hedges nothing before there are calls enough', async () => {
    const f: Fleet = hedged({ a: slow(() => f, 10), b: slow(() => f, 10) }, { hedge: {} })
    await learn(f, 18)
    f.does['a'] = slow(() => f, 400)
    await elapse(f.clock, f.balancer.fetch('/'))
    expect(f.balancer.snapshot().counts.hedges).toBe(0)
    f.does['a'] = slow(() => f, 10)
    await learn(f, 3)
    f.does['a'] = hang
    await elapse(f.clock, f.balancer.fetch('/'))
    await elapse(f.clock, f.balancer.fetch('/'))
    expect(f.balancer.snapshot().counts.hedges).toBe(1)
  })

  it('goes by what calls took lately, also by those that were given up', async () => {
    const f: Fleet = hedged({ a: slow(() => f, 10), b: slow(() => f, 10) }, { hedge: { delay: 'p90' } })
    await learn(f, 100)
    f.does['a'] = slow(() => f, 200)
    f.does['b'] = slow(() => f, 200)
    await learn(f, 100)
    const { hedges } = f.balancer.snapshot().counts
    // Without the losers' waits the percentile would stay at 10 ms, and each of 100 calls be sent twice.
    expect(hedges).toBeGreaterThan(0)
    expect(hedges).toBeLessThan(20)
  })

  it.each([
    [{ delay: 'p95th' }, 'hedge.delay'],
    [{ delay: 'p100' }, 'hedge.delay'],
    [{ delay: 'p0' }, 'hedge.delay'],
    [{ delay: -1 }, 'hedge.delay'],
    [{ max: 0 }, 'hedge.max'],
    [{ after: 10 }, 'hedge.after'],
  ])('refuses %j', (hedge, path) => {
    expect(() => fleet({ a: answer }, { hedge: hedge as never })).toThrow(path)
  })
})

describe('a trial', () => {
  /** A fleet of which `a` was ejected, and whose trial is due. */
  async function ejected(more: Record<string, Behaviour> = {}): Promise<Fleet> {
    const f = fleet({ a: refuse, b: answer, ...more }, { policy: roundRobin(), circuitBreaker: false })
    for (let i = 0; i < 10; i++) await elapse(f.clock, f.balancer.fetch('/'))
    expect(f.state('a')).toBe('ejected')
    await f.clock.advance(6_000)
    f.sent.length = 0
    return f
  }

  it('costs the caller no more than a usual latency, although the endpoint never answers', async () => {
    const f = await ejected()
    f.does['a'] = hang
    const hedges = hear(f, 'hedge')
    const before = f.clock.now()
    const response = await elapse(f.clock, f.balancer.fetch('/'))
    expect(await response.text()).toBe('b')
    // Nothing is known of latencies here but some zeros: a tenth of the timeout at the most.
    expect(f.clock.now() - before).toBeLessThanOrEqual(1_000)
    expect(f.sent).toEqual(['a', 'b'])
    expect(hedges).toMatchObject([{ reason: 'trial', instead: { id: 'a' }, endpoint: { id: 'b' } }])
    expect(f.state('a')).toBe('trial-running')
    await f.clock.advance(1_000)
    expect(f.state('a')).toBe('ejected')
  })

  it('readmits an endpoint that answers late, as one does that has just started', async () => {
    const f = await ejected()
    f.does['a'] = (request) => afterMs(f.clock, 1_500)(request)
    expect(await (await elapse(f.clock, f.balancer.fetch('/'))).text()).toBe('b')
    expect(f.state('a')).toBe('trial-running')
    await f.clock.advance(1_000)
    expect(f.state('a')).toBe('eligible')
    expect(f.balancer.snapshot().endpoints.map(({ inFlight }) => inFlight)).toEqual([0, 0])
  })

  it('is not left running when the balancer is closed', async () => {
    const f = await ejected()
    f.does['a'] = hang
    await elapse(f.clock, f.balancer.fetch('/'))
    await f.balancer.close()
    expect(f.clock.pending).toBe(0)
  })
})

describe('an endpoint that is found to be dead', () => {
  it('does not keep the calls that wait for it: they are sent to another one', async () => {
    const f = fleet(
      { a: hang, b: answer },
      {
        policy: roundRobin(),
        random: () => 0,
        healthCheck: {
          check: ({ id }) => id !== 'a',
          interval: 1_000,
          fastInterval: 300,
          fall: 2,
          jitter: 0,
        },
      },
    )
    const hedges = hear(f, 'hedge')
    const before = f.clock.now()
    const calls = [1, 2, 3, 4].map(() => f.balancer.fetch('/'))
    const post = outcomeOf(f.balancer.fetch('/', { method: 'POST' }))
    for (const response of await elapse(f.clock, Promise.all(calls))) expect(await response.text()).toBe('b')
    expect(f.clock.now() - before).toBeLessThan(2_000)
    expect(hedges.map(({ reason, instead }) => [reason, instead.id])).toEqual([
      ['silent', 'a'],
      ['silent', 'a'],
    ])
    // What must not be sent twice waits on.
    expect(f.balancer.snapshot().endpoints[0]).toMatchObject({ id: 'a', state: 'unhealthy', inFlight: 1 })
    expect((await elapse(f.clock, post)).error).toMatchObject({ code: 'ERR_ATTEMPT_TIMEOUT' })
  })
})
