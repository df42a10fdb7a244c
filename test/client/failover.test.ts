import { type BalancerEvents, type BalancerOptions, type FailoverOptions, failover, sticky } from 'evenkeel'
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
  refuse,
  status,
} from '../support/fleet.js'

/** A fleet of a, b ... of priorities 0, 1 ..., and what was told of its masters. */
function standby(
  does: Record<string, Behaviour>,
  failoverOptions: FailoverOptions = {},
  options: Partial<BalancerOptions> = {},
) {
  const f = fleet(does, {
    endpoints: Object.keys(does).map((id, priority) => ({ id, url: `http://${id}.test`, priority })),
    policy: failover({ holdDown: 0, ...failoverOptions }),
    circuitBreaker: false,
    retry: { backoff: { base: 1, max: 1 } },
    ...options,
  })
  const told: [string | undefined, string | undefined, string][] = []
  f.balancer.on('masterchanged', ({ from, to, reason }) => told.push([from?.id, to?.id, reason]))
  return { ...f, told, master: () => f.balancer.snapshot().failover }
}

async function call({ balancer, clock }: Fleet, init?: RequestInit): Promise<unknown> {
  const { value, error } = await elapse(clock, outcomeOf(balancer.fetch('/', init)))
  return error ?? value?.text()
}

async function calls(f: Fleet, times: number): Promise<unknown[]> {
  const ends: unknown[] = []
  for (let i = 0; i < times; i++) ends.push(await call(f))
  return ends
}

describe('failover()', () => {
  it('sends everything to the master, whatever the ways to call', async () => {
    const f = standby({ a: answer, b: answer, c: answer })
    expect(await calls(f, 20)).toEqual(Array(20).fill('a'))
    const pick = f.balancer.pick()
    expect(pick.endpoint.id).toBe('a')
    pick.succeed()
    expect(await f.balancer.execute(({ endpoint }) => endpoint.id)).toBe('a')
    expect(f.told).toEqual([[undefined, 'a', 'first']])
  })

  it('fails over within a call, and tells of a loss when it happens, not with the next call', async () => {
    const f = standby({ a: refuse, b: answer, c: answer })
    expect(await calls(f, 3)).toEqual(['b', 'b', 'b'])
    expect(f.sent).toEqual(['a', 'b', 'a', 'b', 'a', 'b'])
    expect(f.told).toEqual([
      [undefined, 'a', 'first'],
      ['a', 'b', 'ejected'],
    ])
    expect(await calls(f, 2)).toEqual(['b', 'b'])
    expect(f.sent.slice(6)).toEqual(['b', 'b'])
  })

  it('tells of a loss that no call sees any more', async () => {
    const f = standby({ a: breakOff, b: answer }, {}, { retry: false })
    await calls(f, 3)
    expect(f.told.at(-1)).toEqual(['a', 'b', 'ejected'])
    const again = standby({ a: answer, b: answer })
    for (let i = 0; i < 3; i++) again.balancer.pick().fail(new Error('no'), 'broken')
    expect(again.told.at(-1)).toEqual(['a', 'b', 'ejected'])
  })

  it('goes back after a trial and the delay, with the first call from then on', async () => {
    const f = standby({ a: refuse, b: answer }, { preemptDelay: 10_000 })
    await calls(f, 3)
    f.does['a'] = answer
    await f.clock.advance(5_000)
    // The trial.
    expect(await calls(f, 3)).toEqual(['a', 'b', 'b'])
    const at = f.clock.now() + 10_000
    expect(f.master()).toEqual({
      master: 'b',
      reason: 'ejected',
      since: expect.any(Number),
      next: { id: 'a', at: expect.any(Number) },
    })
    expect(Math.abs(f.master()!.next!.at - at)).toBeLessThan(10)
    await f.clock.advance(9_900)
    expect(await call(f)).toBe('b')
    await f.clock.advance(100)
    expect(await call(f)).toBe('a')
    expect(f.told.at(-1)).toEqual(['b', 'a', 'preempted'])
    expect(f.master()).toEqual({ master: 'a', reason: 'preempted', since: expect.any(Number) })
  })

  it('stays where it is with `preempt: false`', async () => {
    const f = standby({ a: refuse, b: answer }, { preempt: false })
    await calls(f, 3)
    f.does['a'] = answer
    await f.clock.advance(5_000)
    expect(await calls(f, 4)).toEqual(['a', 'b', 'b', 'b'])
    await f.clock.advance(600_000)
    expect(await calls(f, 2)).toEqual(['b', 'b'])
    f.does['b'] = refuse
    expect(await calls(f, 4)).toEqual(['a', 'a', 'a', 'a'])
    expect(f.told.at(-1)).toEqual(['b', 'a', 'ejected'])
  })

  it('time in which the process was held up is no proof', async () => {
    const f = standby({ a: refuse, b: answer }, { preemptDelay: 10_000 })
    await call(f)
    f.clock.freeze(60_000)
    await calls(f, 2)
    f.does['a'] = answer
    await f.clock.advance(5_000)
    await call(f)
    f.clock.freeze(60_000)
    expect(await call(f)).toBe('b')
    const left = f.master()!.next!.at - f.clock.now()
    expect([left > 9_000, left <= 10_000]).toEqual([true, true])
    await f.clock.advance(10_000)
    expect(await call(f)).toBe('a')
  })

  it('tells of the reason: pause, breaker, weight, removal', async () => {
    const f = standby(
      { a: status(503, { 'retry-after': '60' }), b: answer, c: answer },
      {},
      { circuitBreaker: { volumeThreshold: 2, resetTimeout: 60_000 }, outlierDetection: false },
    )
    expect(await call(f)).toBe('b')
    expect(f.told.at(-1)).toEqual(['a', 'b', 'cooldown'])
    f.does['b'] = breakOff
    expect(await calls(f, 6)).toEqual(Array(6).fill('c'))
    expect(f.told.at(-1)).toEqual(['b', 'c', 'circuit'])
    const list = (weight: number) => [
      { id: 'b', url: 'http://b.test', priority: 1 },
      { id: 'c', url: 'http://c.test', priority: 2, weight },
      { id: 'd', url: 'http://d.test', priority: 3 },
    ]
    f.does['d'] = answer
    f.balancer.setEndpoints(list(0))
    expect(f.told.at(-1)).toEqual(['c', 'd', 'weight'])
    f.balancer.setEndpoints(list(1))
    expect(f.told.at(-1)).toEqual(['d', 'c', 'preempted'])
    f.balancer.setEndpoints(list(1).filter(({ id }) => id !== 'c'))
    expect(f.told.at(-1)).toEqual(['c', 'd', 'removed'])
    f.balancer.setEndpoints([])
    expect(f.told.at(-1)).toEqual(['d', undefined, 'removed'])
    expect(f.master()).toEqual({ reason: 'removed', since: expect.any(Number) })
    expect(await call(f)).toMatchObject({ code: 'ERR_NO_ENDPOINTS' })
    f.balancer.setEndpoints(list(1).slice(1, 2))
    expect(f.told.at(-1)).toEqual([undefined, 'c', 'available'])
  })

  it('tells all ranks', async () => {
    const f = standby({ a: answer, b: answer })
    const events: BalancerEvents['masterchanged'][] = []
    f.balancer.on('masterchanged', (event) => events.push(event))
    await call(f)
    expect(events).toMatchObject([{ ranks: { a: 254, b: 253 }, subset: undefined }])
    expect(f.balancer.snapshot().endpoints.map(({ rank }) => rank)).toEqual([254, 253])
  })

  it('goes by health checks', async () => {
    const ill = new Set<string>()
    const healthCheck = {
      check: ({ id }: { id: string }) => !ill.has(id),
      interval: 1_000,
      jitter: 0,
      idleInterval: 1_000,
      fall: 1,
      rise: 1,
    }
    const f = standby({ a: answer, b: answer }, {}, { healthCheck })
    await calls(f, 2)
    ill.add('a')
    await f.clock.advance(1_100)
    // No call was made since.
    expect(f.told.at(-1)).toEqual(['a', 'b', 'unhealthy'])
    expect(await call(f)).toBe('b')
    ill.delete('a')
    await f.clock.advance(1_100)
    expect(f.told.at(-1)).toEqual(['b', 'a', 'preempted'])
    // When all are ill somebody is called all the same, and nobody is master.
    ill.add('a').add('b')
    await f.clock.advance(5_000)
    expect(f.told.at(-1)?.[1]).toBeUndefined()
    expect(await calls(f, 5)).toEqual(Array(5).fill('a'))
    await f.balancer.close()
  })

  it('of equals that are all ill the first is called', async () => {
    const healthCheck = { check: () => false, interval: 1_000, fall: 1 }
    const endpoints = ['a', 'b', 'c'].map((id) => ({ id, url: `http://${id}.test` }))
    const f = standby({ a: answer, b: answer, c: answer }, {}, { healthCheck, endpoints })
    await call(f)
    await f.clock.advance(3_000)
    expect(await calls(f, 10)).toEqual(Array(10).fill('a'))
    await f.balancer.close()
  })

  it('is never in panic while somebody is well', async () => {
    const f = standby(
      { a: breakOff, b: breakOff, c: answer },
      {},
      { outlierDetection: { maxEjectedShare: 1 } },
    )
    await calls(f, 10)
    f.sent.length = 0
    expect(await calls(f, 5)).toEqual(Array(5).fill('c'))
    expect(f.sent).toEqual(Array(5).fill('c'))
    expect(f.balancer.snapshot()).toMatchObject({ panic: false, failover: { master: 'c' } })
  })

  it('has one priority for all, to which nothing spills over', async () => {
    const f = standby({ a: answer, b: answer, c: answer })
    await call(f)
    expect(f.balancer.snapshot().priorities).toMatchObject([{ priority: 0, load: 1, total: 3 }])
  })

  it('has a master for each subset', async () => {
    const endpoints = ['a', 'b', 'c'].map((id, priority) => ({
      ...{ id, url: `http://${id}.test`, priority },
      metadata: { region: id === 'a' ? 'us' : 'eu' },
    }))
    const f = standby({ a: answer, b: answer, c: answer }, {}, { endpoints })
    const subsets: unknown[] = []
    f.balancer.on('masterchanged', ({ to, subset }) => subsets.push([to?.id, subset]))
    const inEurope = () => f.balancer.pick({ subset: { region: 'eu' } }).endpoint.id
    expect([f.balancer.pick().endpoint.id, inEurope()]).toEqual(['a', 'b'])
    f.balancer.setEndpoints(endpoints.filter(({ id }) => id !== 'b'))
    expect([f.balancer.pick().endpoint.id, inEurope()]).toEqual(['a', 'c'])
    expect(subsets).toEqual([
      ['a', undefined],
      ['b', { region: 'eu' }],
      ['c', { region: 'eu' }],
    ])
    expect(f.master()).toMatchObject({
      master: 'a',
      subsets: [{ subset: { region: 'eu' }, master: 'c', reason: 'removed' }],
    })
  })

  it('two balancers of the same list agree', async () => {
    const made = [1, 2].map(() => standby({ a: refuse, b: refuse, c: answer }))
    for (const f of made) await calls(f, 6)
    expect(made.map(({ sent }) => sent[5])).toEqual(['c', 'c'].map(() => made[0]!.sent[5]))
    expect(made[0]!.sent).toEqual(made[1]!.sent)
    expect(made[0]!.told).toEqual(made[1]!.told)
  })

  it('does nothing before the first call, and leaves nothing behind', async () => {
    let reads = 0
    const f = standby({ a: answer, b: answer }, { track: [{ name: 'x', check: () => true }] })
    const { now } = f.clock
    f.clock.now = () => {
      reads++
      return now.call(f.clock)
    }
    expect([f.clock.pending, f.told.length, reads]).toEqual([0, 0, 0])
    await call(f)
    await f.balancer.close()
    expect(f.clock.pending).toBe(0)
  })

  it('may be the fallback of another policy, which has it in each priority', async () => {
    const f = standby({ a: answer, b: answer }, {}, { policy: sticky({ fallback: failover() }) })
    expect(await calls(f, 5)).toEqual(Array(5).fill('a'))
    expect(f.master()).toBeUndefined()
  })

  it('hedges to the next in rank, and to nobody with `masterOnly`', async () => {
    const options = { hedge: { delay: 50 } }
    const f = standby({ a: hang, b: answer }, {}, options)
    expect(await call(f)).toBe('b')
    const only = standby(
      { a: hang, b: answer },
      { masterOnly: true },
      { ...options, timeout: { attempt: 500 } },
    )
    expect(await call(only)).toMatchObject({ code: 'ERR_ATTEMPT_TIMEOUT' })
    expect(only.sent).toEqual(['a', 'a', 'a'])
  })

  it('tells in order, whatever listeners do', async () => {
    const endpoints = ['a', 'b', 'c'].map((id, priority) => ({
      ...{ id, url: `http://${id}.test`, priority },
      metadata: { all: 'yes' },
    }))
    const f = standby({ a: answer, b: answer, c: answer }, {}, { endpoints })
    f.balancer.pick({ subset: { all: 'yes' } })
    const told: (string | undefined)[] = []
    f.balancer.on('masterchanged', ({ from, to, subset }) => {
      if (to?.id === 'b' && subset === undefined) f.balancer.setEndpoints(endpoints.slice(2))
      told.push(`${subset === undefined ? '' : 'all: '}${from?.id} ${to?.id}`)
    })
    f.balancer.setEndpoints(endpoints.slice(1))
    expect(told).toEqual(['a b', 'all: a b', 'b c', 'all: b c'])
  })

  it('a listener may do what it likes', async () => {
    const f = standby({ a: refuse, b: answer, c: answer })
    f.balancer.on('masterchanged', ({ reason }) => {
      f.balancer.snapshot()
      if (reason === 'ejected') f.balancer.setEndpoints([{ id: 'c', url: 'http://c.test' }])
    })
    expect((await calls(f, 6)).slice(3)).toEqual(['c', 'c', 'c'])
    expect(f.told.map(([, to]) => to)).toEqual(['a', 'b', 'c'])
  })

  it('does not go with `locality`', () => {
    expect(() => standby({ a: answer }, {}, { locality: { zone: 'z' } })).toThrow(/`locality`.*failover/)
  })
})

describe('masterOnly', () => {
  it('sends retries to the master too', async () => {
    let times = 0
    const twice: Behaviour = (request) => (++times < 3 ? breakOff(request) : answer(request))
    const f = standby({ a: twice, b: answer }, { masterOnly: true })
    expect(await call(f)).toBe('a')
    expect(f.sent).toEqual(['a', 'a', 'a'])
  })

  it('counts attempts that never reached it: there is nobody else to be tried', async () => {
    const does = { a: refuse, b: answer, c: answer, d: answer, e: answer }
    const f = standby(does, { masterOnly: true }, { outlierDetection: false })
    expect(await call(f)).toMatchObject({ code: 'ERR_ATTEMPT_FAILED' })
    expect(f.sent).toEqual(['a', 'a', 'a'])
  })

  it('sends them to the new one when the master is lost meanwhile', async () => {
    const f = standby({ a: breakOff, b: answer }, { masterOnly: true }, { retry: { attempts: 5 } })
    expect(await call(f)).toBe('b')
    expect(f.sent).toEqual(['a', 'a', 'a', 'b'])
  })

  it('tries nobody out: whoever was ejected is back when its time is up', async () => {
    const f = standby(
      { a: breakOff, b: answer },
      { masterOnly: true, preempt: false },
      { retry: { attempts: 5 } },
    )
    const readmitted: string[] = []
    f.balancer.on('readmitted', ({ endpoint }) => readmitted.push(endpoint.id))
    await call(f)
    await f.clock.advance(60_000)
    f.sent.length = 0
    expect(await calls(f, 10)).toEqual(Array(10).fill('b'))
    expect(f.sent).toEqual(Array(10).fill('b'))
    expect(readmitted).toEqual(['a'])
    expect(f.state('a')).toBe('eligible')
  })

  it('so it is with a breaker', async () => {
    const f = standby(
      { a: breakOff, b: answer },
      { masterOnly: true },
      {
        retry: { attempts: 5 },
        outlierDetection: false,
        circuitBreaker: { volumeThreshold: 2, resetTimeout: 5_000 },
      },
    )
    expect(await call(f)).toBe('b')
    const closed: unknown[] = []
    f.balancer.on('circuitclosed', ({ endpoint }) => closed.push(endpoint?.id))
    f.balancer.on('circuithalfopened', ({ endpoint }) => closed.push(endpoint?.id))
    f.does['a'] = answer
    await f.clock.advance(5_000)
    expect(await calls(f, 3)).toEqual(['a', 'a', 'a'])
    expect(closed).toEqual(['a'])
    f.does['a'] = breakOff
    // The breaker has seen calls go well before.
    expect((await calls(f, 6)).slice(1)).toEqual(Array(5).fill('b'))
    expect(f.told.at(-1)).toEqual(['a', 'b', 'circuit'])
  })

  it('calls nobody when all are unhealthy, and says why', async () => {
    const healthCheck = { check: () => false, interval: 1_000, fall: 1 }
    const f = standby({ a: answer, b: answer }, { masterOnly: true }, { healthCheck })
    await call(f)
    await f.clock.advance(3_000)
    expect(await call(f)).toMatchObject({
      code: 'ERR_NO_ENDPOINTS',
      message: expect.stringContaining('no endpoint can be master (unhealthy: 2)'),
    })
    expect(() => f.balancer.pick()).toThrow('no endpoint can be master')
    await f.balancer.close()
  })

  it('waits for a pause to end, but does not break into it', async () => {
    const busy = status(503, { 'retry-after': '5' })
    const f = standby({ a: busy }, { masterOnly: true }, { timeout: { total: 3_000 }, retry: false })
    expect(await call(f)).toBe('status 503')
    expect(await call(f)).toMatchObject({
      message: expect.stringContaining('no endpoint can be master (cooldown: 1)'),
    })
    await f.clock.advance(3_000)
    f.does['a'] = answer
    expect(await call(f)).toBe('a')
  })
})

describe('waitForMaster', () => {
  const ill = new Set<string>()
  const healthCheck = {
    check: ({ id }: { id: string }) => !ill.has(id),
    interval: 1_000,
    jitter: 0,
    idleInterval: 1_000,
    fall: 1,
    rise: 1,
  }
  const options = { masterOnly: true, waitForMaster: 4_000 } as const

  it('lets calls wait until there is one', async () => {
    ill.add('a').add('b')
    const f = standby({ a: answer, b: answer }, options, {
      healthCheck: { ...healthCheck, beforeTraffic: true },
    })
    const end = f.balancer.fetch('/').then((response) => response.text())
    await f.clock.advance(1_500)
    ill.delete('b')
    await f.clock.advance(1_100)
    expect(await end).toBe('b')
    await f.balancer.close()
    expect(f.clock.pending).toBe(0)
    ill.clear()
  })

  it('for so long, and no longer than the call has', async () => {
    ill.add('a')
    const f = standby({ a: answer }, options, { healthCheck: { ...healthCheck, beforeTraffic: true } })
    await elapse(f.clock, f.balancer.ready())
    const start = f.clock.now()
    expect(await call(f)).toMatchObject({ code: 'ERR_NO_ENDPOINTS' })
    expect(Math.abs(f.clock.now() - start - 4_000)).toBeLessThanOrEqual(10)
    const from = f.clock.now()
    const short = f.balancer.fetch('/', { balancer: { timeout: { total: 1_000 } } })
    expect(await elapse(f.clock, outcomeOf(short))).toMatchObject({ error: { code: 'ERR_NO_ENDPOINTS' } })
    expect(Math.abs(f.clock.now() - from - 1_000)).toBeLessThanOrEqual(10)
    await f.balancer.close()
    ill.clear()
  })

  it('ends with the caller, and with the balancer', async () => {
    ill.add('a')
    const f = standby({ a: answer }, options, { healthCheck: { ...healthCheck, beforeTraffic: true } })
    await elapse(f.clock, f.balancer.ready())
    const controller = new AbortController()
    const aborted = outcomeOf(f.balancer.fetch('/', { signal: controller.signal }))
    const left = outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(100)
    controller.abort(new Error('enough'))
    expect(await aborted).toEqual({ error: new Error('enough') })
    await f.balancer.close()
    expect(await left).toMatchObject({ error: { code: 'ERR_CLOSED' } })
    expect(f.clock.pending).toBe(0)
    ill.clear()
  })

  it('a retry waits too: for one that is back when its ejection is over', async () => {
    let times = 0
    const thrice: Behaviour = (request) => (++times < 4 ? breakOff(request) : answer(request))
    const f = standby(
      { a: thrice, b: hang },
      { masterOnly: true, waitForMaster: 10_000 },
      {
        endpoints: [
          { id: 'a', url: 'http://a.test' },
          { id: 'b', url: 'http://b.test', weight: 0 },
        ],
        retry: { attempts: 5, backoff: { base: 1, max: 1 } },
        outlierDetection: false,
        circuitBreaker: { volumeThreshold: 3, resetTimeout: 5_000 },
      },
    )
    const start = f.clock.now()
    expect(await call(f)).toBe('a')
    expect(f.sent).toEqual(['a', 'a', 'a', 'a'])
    const took = f.clock.now() - start
    expect([took >= 5_000, took < 5_100]).toEqual([true, true])
    expect(f.told.map(([, to, reason]) => [to, reason])).toEqual([
      ['a', 'first'],
      [undefined, 'circuit'],
      ['a', 'available'],
    ])
  })
})
