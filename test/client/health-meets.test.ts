import { failover, roundRobin } from 'evenkeel'
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

describe('what is wrong with endpoints, all of it together', () => {
  it('a subset does not count endpoints that this process does not use', () => {
    const ids = [...'abcdefghij']
    const f = fleet(Object.fromEntries([...ids, 'z'].map((id) => [id, answer])), {
      endpoints: [
        ...ids.map((id) => ({ id, url: `http://${id}.test`, metadata: { v: 1 } })),
        { id: 'z', url: 'http://z.test', priority: 1, metadata: { v: 1 } },
      ],
      policy: roundRobin(),
      subsetting: { name: 'two', shares: (members) => members.map((_, i) => Number(i < 2)) },
    })
    for (let i = 0; i < 100; i++) f.balancer.pick().succeed()
    for (let i = 0; i < 100; i++) {
      const p = f.balancer.pick({ subset: { v: 1 } })
      f.sent.push(p.endpoint.id)
      p.succeed()
    }
    expect(f.hits()).toEqual({ a: 50, b: 50 })
  })
  it('once it is back the counts of the breaker start from nothing', async () => {
    const f = fleet(
      { a: status(500), b: answer },
      { policy: roundRobin(), retry: false, outlierDetection: { peerFailureDifference: 0 } },
    )
    const told: string[] = []
    f.balancer.on('circuitopened', () => told.push('circuitopened'))
    f.balancer.on('ejected', (e) => told.push(e.rule))
    f.balancer.on('readmitted', () => told.push('readmitted'))
    const failing = async () => {
      f.does['a'] = status(500)
      const before = f.hits()['a'] ?? 0
      for (let i = 0; i < 40 && f.state('a') === 'eligible'; i++)
        await elapse(f.clock, outcomeOf(f.balancer.fetch('/')))
      return f.hits()['a']! - before
    }
    expect(await failing()).toBe(5)
    f.does['a'] = answer
    await f.clock.advance(5_100)
    for (let i = 0; i < 20 && f.state('a') !== 'eligible'; i++) {
      await elapse(f.clock, outcomeOf(f.balancer.fetch('/')))
      await f.clock.advance(200)
    }
    expect(f.state('a')).toBe('eligible')
    expect([await failing(), told]).toEqual([
      5,
      ['consecutive-failures', 'readmitted', 'consecutive-failures'],
    ])
  })

  for (const concurrency of [undefined, { maxPerEndpoint: 2 }])
    it(`a black hole is noticed though it is full (${JSON.stringify(concurrency)})`, async () => {
      const f = fleet(
        {},
        {
          endpoints: ['a', 'b', 'c', 'd'].map((id) => ({ id, url: `http://${id}.test` })),
          policy: roundRobin(),
          timeout: { attempt: 10_000 },
          hedge: false as never,
          ...(concurrency && { concurrency }),
        },
      )
      for (const id of ['a', 'b', 'c', 'd']) f.does[id] = afterMs(f.clock, 10)
      const ejected: string[] = []
      f.balancer.on('ejected', (e) => ejected.push(`${e.endpoint.id} ${e.rule}`))
      const go = async (n: number) => {
        for (let i = 0; i < n; i++) {
          void outcomeOf(f.balancer.fetch('/', { method: 'POST' }))
          await f.clock.advance(5)
        }
      }
      await go(400)
      f.does['a'] = hang
      await go(400)
      expect(ejected).toEqual(['a overdue'])
    })

  it('a call that waits for a master is served when checks see the breaker heal', async () => {
    let ok = false
    const f = fleet(
      { a: refuse },
      {
        policy: failover({ masterOnly: true, waitForMaster: 30_000 }),
        circuitBreaker: { resetTimeout: 60_000 },
        retry: false,
        timeout: { total: 40_000 },
        healthCheck: {
          check: () => {
            if (!ok) throw new Error('no')
          },
          interval: 500,
          fastInterval: 500,
          fall: 2,
          rise: 1,
          jitter: 0,
        } as never,
      },
    )
    for (let i = 0; i < 10; i++) await outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(2_000)
    const call = outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(1_000)
    ok = true
    f.does['a'] = answer
    const start = f.clock.now()
    await f.clock.advance(1_000)
    const end = await elapse(f.clock, call)
    expect(end.error).toBeUndefined()
    expect(f.clock.now() - start).toBeLessThan(3_000)
  })

  it('drained is told once', () => {
    const f = fleet({ a: answer, b: answer }, { policy: roundRobin() })
    const told: string[] = []
    const pick = f.balancer.pick()
    f.balancer.on('endpointremoved', () => pick.succeed())
    f.balancer.on('drained', ({ endpoint }) => told.push(endpoint.id))
    const rest = ['a', 'b'].filter((id) => id !== pick.endpoint.id)
    f.balancer.setEndpoints(rest.map((id) => ({ id, url: `http://${id}.test` })))
    expect(told).toEqual([pick.endpoint.id])
  })

  it('an ejected endpoint of weight 0 does not keep others from being ejected', async () => {
    const f = fleet(
      { a: refuse, b: answer, c: answer },
      { policy: roundRobin(), circuitBreaker: false, retry: { budget: undefined as never } },
    )
    for (let i = 0; i < 12; i++) await elapse(f.clock, outcomeOf(f.balancer.fetch('/')))
    expect(f.state('a')).toBe('ejected')
    f.balancer.setEndpoints(
      ['a', 'b', 'c'].map((id) => ({ id, url: `http://${id}.test`, weight: id === 'a' ? 0 : 1 })),
    )
    await f.clock.advance(3_600_000)
    f.does['b'] = refuse
    for (let i = 0; i < 60; i++) await elapse(f.clock, outcomeOf(f.balancer.fetch('/')))
    expect(f.state('b')).toBe('ejected')
  })

  it('past ejections of one that came back while draining are forgiven', async () => {
    const f = fleet({ a: refuse, b: answer }, { policy: roundRobin(), circuitBreaker: false })
    const list = (ids: string[]) =>
      f.balancer.setEndpoints(ids.map((id) => ({ id, url: `http://${id}.test` })))
    let pick = f.balancer.pick()
    if (pick.endpoint.id !== 'a') {
      const p = f.balancer.pick()
      pick.succeed()
      pick = p
    }
    expect(pick.endpoint.id).toBe('a')
    for (let i = 0; i < 12; i++) await elapse(f.clock, outcomeOf(f.balancer.fetch('/')))
    expect(f.state('a')).toBe('ejected')
    list(['b'])
    list(['a', 'b'])
    pick.succeed()
    expect(f.balancer.snapshot().endpoints.find(({ id }) => id === 'a')).toMatchObject({ state: 'ejected' })
    f.does['a'] = answer
    await f.clock.advance(6_000)
    for (let i = 0; i < 4; i++) await f.balancer.fetch('/')
    expect(f.state('a')).toBe('eligible')
    for (let i = 0; i < 60; i++) {
      await f.clock.advance(60_000)
      await f.balancer.fetch('/')
    }
    expect(f.balancer.snapshot().endpoints.find(({ id }) => id === 'a')?.ejections).toBe(0)
  })

  it('one failed call does not make checks fast for ever', async () => {
    let checks = 0
    const f = fleet(
      { a: breakOff, b: answer },
      {
        policy: failover(),
        retry: false,
        healthCheck: {
          check: () => {
            checks++
          },
          interval: 10_000,
          fastInterval: 1_000,
          idleInterval: 60_000,
          jitter: 0,
        } as never,
      },
    )
    await outcomeOf(f.balancer.fetch('/'))
    await f.clock.advance(60_000)
    checks = 0
    await f.clock.advance(600_000)
    expect(checks).toBeLessThan(200)
  })

  it('the attempts of one call do not open the breaker of the service', async () => {
    const ids = [...'abcdefghijklmnopqrst']
    const f = fleet(Object.fromEntries(ids.map((id) => [id, answer])), {
      policy: roundRobin(),
      circuitBreaker: { scope: 'service' },
    })
    for (let i = 0; i < 500; i++) {
      await f.balancer.fetch('/')
      await f.clock.advance(10)
    }
    for (const id of ids.slice(0, 15)) f.does[id] = refuse
    const opened: unknown[] = []
    f.balancer.on('circuitopened', () => opened.push(f.sent.length))
    const ends = []
    for (let i = 0; i < 12; i++)
      ends.push((await elapse(f.clock, outcomeOf(f.balancer.fetch('/')))).value?.status)
    expect(opened).toEqual([])
    expect(ends).toEqual(Array(12).fill(200))
  })

  it('one broken connection with ten calls on it does not take the only endpoint away', async () => {
    const f = fleet({ a: answer }, { retry: false })
    for (let i = 0; i < 900; i++) {
      await f.balancer.fetch('/')
      await f.clock.advance(10)
    }
    f.does['a'] = afterMs(f.clock, 5, breakOff)
    const burst = Array.from({ length: 10 }, () => outcomeOf(f.balancer.fetch('/')))
    await f.clock.advance(5)
    await Promise.all(burst)
    f.does['a'] = answer
    expect((await outcomeOf(f.balancer.fetch('/'))).error).toBeUndefined()
  })

  it('nor does one whose checks fail', async () => {
    const f = fleet(
      { a: refuse, b: answer, c: answer },
      {
        policy: roundRobin(),
        circuitBreaker: false,
        healthCheck: {
          check: ({ id }: { id: string }) => {
            if (id === 'a') throw new Error('dead')
          },
          interval: 1_000,
          jitter: 0,
        } as never,
      },
    )
    for (let i = 0; i < 12; i++) await elapse(f.clock, outcomeOf(f.balancer.fetch('/')))
    await f.clock.advance(60_000)
    expect(f.state('a')).toBe('unhealthy')
    f.does['b'] = refuse
    for (let i = 0; i < 60; i++) await elapse(f.clock, outcomeOf(f.balancer.fetch('/')))
    expect(f.state('b')).not.toBe('eligible')
  })

  it('masterchanged is told when a call finds the master silent, not when that call ends', async () => {
    const f = fleet(
      { a: answer, b: answer, c: answer },
      {
        endpoints: ['a', 'b', 'c'].map((id, priority) => ({
          id,
          url: `http://${id}.test`,
          priority,
          metadata: { g: id === 'c' ? 2 : 1 },
        })),
        policy: failover(),
      },
    )
    const told: string[] = []
    f.balancer.on('ejected', ({ endpoint, rule }) => told.push(`${endpoint.id} ${rule}`))
    f.balancer.on('masterchanged', ({ to, subset }) => {
      if (subset?.['g'] === 1) told.push(`master ${to?.id}`)
    })
    const busy = async (times: number) => {
      for (let i = 0; i < times; i++) {
        const p = f.balancer.pick({ subset: { g: 2 } })
        await f.clock.advance(10)
        p.succeed()
      }
    }
    await busy(300)
    for (let i = 0; i < 2; i++) f.balancer.pick({ subset: { g: 1 } })
    await busy(40)
    const p = f.balancer.pick({ subset: { g: 1 } })
    expect([p.endpoint.id, told]).toEqual(['b', ['master a', 'a overdue', 'master b']])
  })

  it('first calls wait for one endpoint that passes both kinds of checks, not for all', async () => {
    const clock = virtualClock()
    const within =
      (ms: number) =>
      ({ id }: { id: string }) =>
        new Promise<void>((resolve) => {
          clock.setTimer(resolve, id === 'a' ? ms : 4_000)
        })
    const schedule = { beforeTraffic: true, timeout: 5_000, interval: 20_000 }
    const f = fleet(
      { a: answer, b: answer },
      {
        clock,
        policy: failover({ track: [{ name: 'tracked', check: within(10), ...schedule }] }),
        healthCheck: { check: within(30), ...schedule },
      },
    )
    const start = clock.now()
    await elapse(clock, f.balancer.fetch('/'))
    expect(clock.now() - start).toBeGreaterThanOrEqual(30)
    expect(clock.now() - start).toBeLessThan(100)
    expect(f.sent).toEqual(['a'])
    await f.balancer.close()
  })
})
