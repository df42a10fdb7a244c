import { Readable } from 'node:stream'
import { type PolicyView, roundRobin } from 'evenkeel'
import { virtualClock } from 'evenkeel/testing'
import { describe, expect, it } from 'vitest'
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
import { uncaught } from '../support/uncaught.js'

describe('hedges, limits, and those who listen', () => {
  it('a hedge for which there is no room leaves the budget as it is', async () => {
    const f = fleet(
      { a: hang, b: answer },
      {
        policy: roundRobin(),
        random: () => 0,
        hedge: { delay: 50 },
        concurrency: { maxTotal: 1 },
        timeout: { attempt: 500 },
        retry: { attempts: 1 },
      },
    )
    const call = outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(10)
    const before = f.balancer.snapshot().retryBudget.balance
    await f.clock.advance(50)
    expect(f.balancer.snapshot().counts.hedges).toBe(0)
    expect(f.balancer.snapshot().retryBudget.balance).toBe(before)
    await elapse(f.clock, call)
  })
  it('an attempt that failed in a race does not take up the room of the one in its place', async () => {
    const f = fleet(
      { a: (r) => afterMs(f.clock, 60, breakOff)(r), b: hang, c: answer },
      {
        policy: roundRobin(),
        random: () => 0,
        hedge: { delay: 50 },
        concurrency: { maxTotal: 2 },
        timeout: { attempt: 1_000 },
      },
    )
    const before = f.clock.now()
    expect(await (await elapse(f.clock, f.balancer.fetch('/'))).text()).toBe('c')
    expect(f.clock.now() - before).toBe(60)
  })
  it('takes no retry out of the budget that it does not make, with a queue either', async () => {
    const f = fleet(
      { a: (r) => afterMs(f.clock, 60, breakOff)(r), b: hang, c: answer },
      {
        policy: roundRobin(),
        random: () => 0,
        hedge: { delay: 50 },
        concurrency: { maxTotal: 2, queue: {} },
        timeout: { attempt: 1_000 },
      },
    )
    const call = outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(55)
    const before = f.balancer.snapshot().retryBudget.balance
    await f.clock.advance(10)
    const s = f.balancer.snapshot()
    expect(before - s.retryBudget.balance).toBe(s.counts.retries)
    await elapse(f.clock, call)
  })
  it('an abort while an endpoint is chosen ends the call', async () => {
    const ac = new AbortController()
    const p = roundRobin()
    const f = fleet(
      { a: hang, b: answer },
      {
        policy: {
          ...p,
          name: 'x',
          pick: (t: PolicyView) => {
            ac.abort(new Error('no'))
            return t.at(0)
          },
        } as never,
      },
    )
    let done = false
    const call = outcomeOf(f.balancer.execute(() => new Promise(() => {}), { signal: ac.signal })).finally(
      () => {
        done = true
      },
    )
    await f.clock.advance(100)
    expect(done).toBe(true)
    await elapse(f.clock, call)
  })
  it('a trial that is cancelled while its race ends does not unbalance the desk', async () => {
    const f = fleet(
      { a: refuse, b: answer, c: answer },
      { policy: roundRobin(), circuitBreaker: false, hedge: { delay: 50, max: 2 } },
    )
    for (let i = 0; i < 15; i++) await elapse(f.clock, f.balancer.fetch('/'))
    expect(f.state('a')).toBe('ejected')
    await f.clock.advance(6_000)
    f.does['a'] = hang
    let n = 0
    const first = () => {
      n++
      return n === 1 ? hang : answer
    }
    f.does['b'] = f.does['c'] = (r) => first()(r)
    const ac = new AbortController()
    f.balancer.on('attempt', ({ kind }) => {
      if (kind === 'superseded') ac.abort(new Error('enough'))
    })
    // Another call is under way.
    let ended = false
    const call = f.balancer.fetch('/', { signal: ac.signal })
    const other = f.balancer
      .execute(() => new Promise<string>((r) => f.clock.setTimer(() => r('done'), 4_000)))
      .then(() => {
        ended = true
      })
    await elapse(f.clock, call)
    let closed = false
    const closing = f.balancer.close().then(() => {
      closed = true
    })
    await f.clock.advance(100)
    expect([closed, ended]).toEqual([false, false])
    await elapse(f.clock, Promise.all([closing, other]))
  })

  for (const max of [1, 3])
    for (const extra of [0, 1, 2, 3])
      it(`no more hedges than max: ${max}, ${extra}`, async () => {
        const clock = virtualClock()
        const does = Object.fromEntries('abcd'.split('').map((id) => [id, afterMs(clock, 10)]))
        const f = fleet(does, {
          clock,
          policy: roundRobin(),
          hedge: { delay: 200, max },
          outlierDetection: {},
          timeout: { attempt: 5_000 },
        })
        const log: string[] = []
        f.balancer.on('ejected', (e) => log.push(`ejected ${e.endpoint.id} ${e.rule}`))
        f.balancer.on('hedge', (e) => log.push(`hedge ${e.reason} ${e.endpoint.id} instead ${e.instead.id}`))
        for (let i = 0; i < 200 + extra; i++) await elapse(clock, f.balancer.fetch('/'))
        f.does['d'] = hang
        const sent: string[][] = []
        const calls: Promise<unknown>[] = []
        for (let i = 0; i < 8; i++) {
          const mine: string[] = []
          sent.push(mine)
          calls.push(
            f.balancer.execute(
              ({ endpoint, signal }) => {
                mine.push(endpoint.id)
                return f.does[endpoint.id]!({ url: '', init: { signal }, endpoint }) as Promise<unknown>
              },
              { idempotent: true },
            ),
          )
          await clock.advance(1)
        }
        await clock.advance(190)
        // hedges take longer so that we see them
        await elapse(clock, Promise.all(calls))
        for (const s of sent) expect(s.length).toBeLessThanOrEqual(1 + max)
        await f.balancer.close()
        expect(clock.pending).toBe(0)
      })

  it('a trial that answers late readmits its endpoint with completion body', async () => {
    const f = fleet(
      { a: refuse, b: answer },
      { policy: roundRobin(), circuitBreaker: false, completion: 'body' },
    )
    for (let i = 0; i < 10; i++) await (await elapse(f.clock, f.balancer.fetch('/'))).text()
    expect(f.state('a')).toBe('ejected')
    await f.clock.advance(6_000)
    f.does['a'] = (request) => afterMs(f.clock, 1_500)(request)
    const r = await elapse(f.clock, f.balancer.fetch('/'))
    expect(await r.text()).toBe('b')
    expect(f.state('a')).toBe('trial-running')
    await f.clock.advance(1_000)
    expect(f.state('a')).toBe('eligible')
    expect(f.balancer.snapshot().endpoints.map(({ inFlight }) => inFlight)).toEqual([0, 0])
    await f.balancer.close()
    expect(f.clock.pending).toBe(0)
  })
  it('maxTotal holds when choosing an endpoint rescues other calls', async () => {
    const clock = virtualClock()
    const does = Object.fromEntries('abcdefghij'.split('').map((id) => [id, afterMs(clock, 10)]))
    const f = fleet(does, {
      clock,
      policy: roundRobin(),
      concurrency: { maxTotal: 3 },
      timeout: { attempt: 5_000 },
    })
    const log: string[] = []
    let peak = 0
    const look = () => {
      peak = Math.max(
        peak,
        f.balancer.snapshot().endpoints.reduce((s, e) => s + e.inFlight, 0),
      )
    }
    f.balancer.on('ejected', (e) => log.push(`ejected ${e.endpoint.id} ${e.rule}`))
    f.balancer.on('hedge', (e) => log.push(`hedge ${e.reason} ${e.endpoint.id} instead ${e.instead.id}`))
    for (let i = 0; i < 200; i++) await elapse(clock, f.balancer.fetch('/'))
    f.does['d'] = hang
    const calls = []
    for (let i = 0; i < 40 && log.length === 0; i++) {
      calls.push(outcomeOf(f.balancer.fetch('/')))
      await clock.advance(0)
      look()
      await clock.advance(25)
      look()
    }
    expect(peak).toBeLessThanOrEqual(3)
    await elapse(clock, Promise.all(calls))
  })
  it('a rescue does not overtake who waits for room', async () => {
    let fail!: (e: unknown) => void
    const f = fleet(
      { a: hang, b: answer },
      {
        policy: { name: 'first', pick: (t: PolicyView) => t.at(0) } as never,
        concurrency: { maxTotal: 3, queue: { timeout: 3000 } },
        circuitBreaker: { consecutiveFailures: 1 } as never,
        outlierDetection: false,
        timeout: { attempt: 5_000 },
        retry: { attempts: 2 },
      },
    )
    const act = (p: (s: AbortSignal) => Promise<unknown>, on: string[]) =>
      f.balancer.execute(
        ({ endpoint, signal }) => {
          on.push(endpoint.id)
          return endpoint.id === 'a'
            ? p(signal)
            : (f.clock.setTimer as never) && new Promise((r) => f.clock.setTimer(() => r(endpoint.id), 300))
        },
        { idempotent: true },
      )
    const s1: string[] = [],
      s2: string[] = [],
      s3: string[] = [],
      w: string[] = []
    const never = () => new Promise(() => {})
    const c1 = outcomeOf(act(never, s1)),
      c2 = outcomeOf(act(never, s2))
    const c3 = outcomeOf(
      f.balancer.execute(({ endpoint }) => {
        s3.push(endpoint.id)
        return new Promise((_, r) => {
          fail = r
        })
      }),
    )
    await f.clock.advance(1)
    const c4 = outcomeOf(act(never, w))
    await f.clock.advance(1_0)
    expect(f.balancer.snapshot().concurrency).toMatchObject({ inFlight: 3 })
    await f.clock.advance(1200)
    expect(w).toEqual([])
    // usual latency unknown: 1 s; make the calls that old
    fail(Object.assign(new Error('x'), { code: 'ECONNRESET' }))
    await f.clock.advance(1)
    await f.clock.advance(150)
    expect(w).toEqual(['b'])
    await elapse(f.clock, Promise.all([c1, c2, c3, c4]))
  })
  it('max 3, all hang: never twice at the same endpoint, no more than max, nothing left', async () => {
    for (const extra of [0, 1, 2, 3]) {
      const clock = virtualClock()
      const does = Object.fromEntries('abcdefg'.split('').map((id) => [id, afterMs(clock, 10)]))
      const f = fleet(does, {
        clock,
        policy: roundRobin(),
        hedge: { delay: 200, max: 3 },
        timeout: { attempt: 3_000 },
        retry: { attempts: 1 },
      })
      for (let i = 0; i < 200 + extra; i++) await elapse(clock, f.balancer.fetch('/'))
      f.does['d'] = hang
      const sent: string[][] = []
      const calls: Promise<unknown>[] = []
      for (let i = 0; i < 20; i++) {
        const mine: string[] = []
        sent.push(mine)
        calls.push(
          outcomeOf(
            f.balancer.execute(
              ({ endpoint, signal }) => {
                mine.push(endpoint.id)
                return f.does[endpoint.id]!({ url: '', init: { signal }, endpoint }) as Promise<unknown>
              },
              { idempotent: true },
            ),
          ),
        )
        await clock.advance(1)
      }
      await clock.advance(150)
      for (const id of 'abcdefg') f.does[id] = hang
      await clock.advance(4000)
      await Promise.all(calls)
      for (const s of sent) {
        expect(new Set(s).size, `${extra} ${s}`).toBe(s.length)
        expect(s.length).toBeLessThanOrEqual(4)
      }
      await f.balancer.close()
    }
  })
  it('a budget whose deposit throws does not keep the balancer from closing', async () => {
    const errors = uncaught()
    const budget = {
      deposit() {
        throw new Error('bug')
      },
      withdraw: () => true,
      balance: () => 1,
    }
    const f = fleet({ a: answer }, { retry: { budget } as never })
    await elapse(f.clock, outcomeOf(f.balancer.fetch('/')))
    await elapse(f.clock, f.balancer.close())
    expect(errors()).toEqual([new Error('bug')])
  })
  it('the limit of all holds when a listener makes a call while an endpoint is chosen', async () => {
    const f = fleet(
      { a: refuse, b: answer, c: answer },
      {
        policy: roundRobin(),
        circuitBreaker: { resetTimeout: 1_000, consecutiveFailures: 1 },
        outlierDetection: false,
        concurrency: { maxTotal: 1 },
        timeout: { attempt: 500 },
        retry: { attempts: 2 },
      },
    )
    await elapse(f.clock, outcomeOf(f.balancer.fetch('/')))
    expect(f.state('a')).toBe('circuit-open')
    await f.clock.advance(2_000)
    const more: Promise<unknown>[] = []
    f.balancer.on('circuithalfopened', () => {
      more.push(outcomeOf(f.balancer.fetch('/')))
    })
    f.does['a'] = f.does['b'] = f.does['c'] = hang
    more.push(outcomeOf(f.balancer.fetch('/')))
    await f.clock.advance(1)
    expect(more).toHaveLength(2)
    expect(f.balancer.snapshot().endpoints.reduce((sum, { inFlight }) => sum + inFlight, 0)).toBe(1)
    await elapse(f.clock, Promise.all(more))
  })

  it('nor is it exceeded when that is told of an endpoint that is found silent', async () => {
    const policy = {
      name: 'by-key',
      pick(view: PolicyView, { key }: { key: string | undefined }) {
        const all = Array.from({ length: view.size }, (_, i) => view.at(i))
        return all.find(({ id }) => id === key)
      },
    }
    const f = fleet(
      { a: hang, b: answer, c: hang },
      { policy, concurrency: { maxTotal: 3 }, circuitBreaker: false },
    )
    const to = (hashKey: string) => f.balancer.fetch('/', { method: 'POST', balancer: { hashKey } })
    const calls: Promise<unknown>[] = [outcomeOf(to('a')), outcomeOf(to('a'))]
    for (let i = 0; i < 20; i++) await to('b')
    await f.clock.advance(400)
    f.balancer.once('ejected', () => {
      calls.push(outcomeOf(to('c')))
    })
    calls.push(outcomeOf(to('a')))
    await f.clock.advance(0)
    expect(f.state('a')).toBe('ejected')
    expect(f.balancer.snapshot().endpoints.reduce((sum, { inFlight }) => sum + inFlight, 0)).toBe(3)
    await elapse(f.clock, Promise.all(calls))
  })

  it('close by a listener of retry ends the pause at once', async () => {
    const f = fleet(
      { a: status(503, { 'retry-after': '10' }) },
      { outlierDetection: false, circuitBreaker: false },
    )
    let closed: number | undefined
    const start = f.clock.now()
    f.balancer.on('retry', () => {
      f.balancer.close().then(() => {
        closed = f.clock.now() - start
      })
    })
    await elapse(f.clock, outcomeOf(f.balancer.fetch('/')))
    await f.clock.advance(20_000)
    expect(closed).toBeLessThan(1_000)
  })
  it('pick with a budget whose deposit throws gives the endpoint back', () => {
    const budget = {
      deposit() {
        throw new Error('bug')
      },
      withdraw: () => true,
      balance: () => 1,
    }
    const f = fleet({ a: answer }, { retry: { budget } as never })
    expect(() => f.balancer.pick()).toThrow('bug')
    expect(f.balancer.snapshot().endpoints[0]).toMatchObject({ inFlight: 0 })
  })
  it('an abort while an endpoint is chosen ends a call that then waits for room', async () => {
    const ac = new AbortController()
    const f = fleet(
      { a: hang },
      {
        policy: roundRobin(),
        concurrency: { maxTotal: 1, queue: { timeout: 900 } },
        timeout: { attempt: 5_000 },
        throttle: { minPerSecond: 0 },
        random: () => {
          ac.abort(new Error('no'))
          return 0.99
        },
      },
    )
    void outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(1)
    let done: { error?: unknown } | undefined
    void outcomeOf(f.balancer.fetch('/', { signal: ac.signal })).then((r) => {
      done = r
    })
    await f.clock.advance(100)
    expect(done?.error).toMatchObject({ message: 'no' })
  })
  it('a body that cannot be tracked does not keep its call for ever', async () => {
    const strange = {
      status: 200,
      ok: true,
      headers: new Headers(),
      body: Readable.from(['hi']),
    } as unknown as Response
    const f = fleet({ a: () => strange }, { completion: 'body' })
    let done = false
    void outcomeOf(f.balancer.fetch('/')).then(() => {
      done = true
    })
    await f.clock.advance(60_000)
    expect(done).toBe(true)
    expect(f.balancer.snapshot().endpoints[0]).toMatchObject({ inFlight: 0 })
  })
  it('nor does a 204 that has a body', async () => {
    const odd = new Response('x')
    Object.defineProperty(odd, 'status', { value: 204 })
    const f = fleet({ a: () => odd }, { completion: 'body' })
    let done = false
    void outcomeOf(f.balancer.fetch('/')).then(() => {
      done = true
    })
    await f.clock.advance(60_000)
    expect(done).toBe(true)
    // It is the caller's as it came.
    expect(await odd.text()).toBe('x')
  })
  it('abort in a listener of an event while hedging never leaves anything', async () => {
    const ac = new AbortController()
    const f = fleet(
      { a: hang, b: hang },
      { policy: roundRobin(), random: () => 0, hedge: { delay: 50 }, timeout: false },
    )
    f.balancer.on('hedge', () => ac.abort(new Error('no')))
    const { error } = await elapse(f.clock, outcomeOf(f.balancer.fetch('/', { signal: ac.signal })))
    expect(error).toMatchObject({ message: 'no' })
    await f.balancer.close()
    expect(f.clock.pending).toBe(0)
  })
  it('total deadline with hedges and retries is kept', async () => {
    const f = fleet(
      { a: hang, b: hang, c: hang },
      {
        policy: roundRobin(),
        random: () => 0,
        hedge: { delay: 50, max: 2 },
        concurrency: { maxPerEndpoint: 1, queue: {} },
        timeout: { attempt: 300, total: 700 },
      },
    )
    const t = f.clock.now()
    const ends: number[] = []
    const calls = [1, 2, 3, 4].map(() =>
      outcomeOf(f.balancer.fetch('/')).then((_r) => {
        ends.push(f.clock.now() - t)
      }),
    )
    await elapse(f.clock, Promise.all(calls))
    expect(Math.max(...ends)).toBeLessThanOrEqual(710)
    const s = f.balancer.snapshot()
    expect(s.endpoints.map((e) => e.inFlight)).toEqual([0, 0, 0])
    await f.balancer.close()
    expect(f.clock.pending).toBe(0)
  })
})
