import { type CheckEndpoint, createBalancer, roundRobin, type SubsetMember, type Subsetting } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { answer, breakOff, elapse, type Fleet, fleet, outcomeOf, status } from '../support/fleet.js'

async function call({ balancer, clock }: Fleet): Promise<unknown> {
  const { value, error } = await elapse(clock, outcomeOf(balancer.fetch('/')))
  return error ?? value?.text()
}

const fail = () => {
  throw new Error('a wrong check')
}
const never = () => new Promise(() => {})
const list = (...ids: string[]) => ids.map((id) => ({ id, url: `http://${id}.test` }))

/** What a call is sent to within 100 ms. */
async function sentSoon(f: Fleet): Promise<string[]> {
  const end = outcomeOf(f.balancer.fetch('/'))
  await f.clock.advance(100)
  const sent = [...f.sent]
  await f.clock.advance(30_000)
  await end
  await f.balancer.close()
  return sent
}

describe('a check that is wrong', () => {
  it('does not make an outage last that is over, though breakers are open', async () => {
    const f = fleet({ a: answer, b: answer }, { healthCheck: { check: fail } })
    await call(f)
    await f.clock.advance(20_000)
    f.does['a'] = f.does['b'] = breakOff
    for (let i = 0; i < 200; i++) {
      await call(f)
      await f.clock.advance(50)
    }
    expect(await call(f)).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' })
    f.does['a'] = f.does['b'] = answer
    await f.clock.advance(60_000)
    for (let i = 0; i < 5; i++) expect(['a', 'b']).toContain(await call(f))
    await f.balancer.close()
  })

  it('leaves a server alone that asked for a pause', async () => {
    const f = fleet(
      { a: answer, b: answer },
      { healthCheck: { check: fail, fall: 1, jitter: 0 }, retry: { attempts: 1 } },
    )
    await call(f)
    await f.clock.advance(0)
    f.does['a'] = status(429, { 'retry-after': '60' })
    f.sent.length = 0
    while (f.sent.at(-1) !== 'a') await call(f)
    f.sent.length = 0
    for (let i = 0; i < 20; i++) await call(f)
    expect(f.hits()).toEqual({ b: 20 })
    await f.balancer.close()
  })

  it('changes neither priorities nor weights', async () => {
    const endpoints = [
      { id: 'a', url: 'http://a.test', weight: 3 },
      { id: 'b', url: 'http://b.test' },
      { id: 'c', url: 'http://c.test', priority: 1 },
    ]
    const f = fleet({ a: answer, b: answer, c: answer }, { endpoints, healthCheck: { check: fail, fall: 1 } })
    await call(f)
    await f.clock.advance(0)
    f.sent.length = 0
    for (let i = 0; i < 400; i++) await call(f)
    const { a = 0, b = 0, c = 0 } = f.hits()
    expect([a + b, c]).toEqual([400, 0])
    expect(a / b).toBeGreaterThan(2)
    expect(a / b).toBeLessThan(4.5)
    await f.balancer.close()
  })

  it('does not keep a call from trying the only endpoint again', async () => {
    let calls = 0
    const f = fleet(
      { a: (request) => (++calls % 2 === 1 ? breakOff(request) : answer(request)) },
      { healthCheck: { check: fail, fall: 1 } },
    )
    expect(await call(f)).toBe('a')
    await f.clock.advance(0)
    expect(await call(f)).toBe('a')
    expect(calls).toBe(4)
    await f.balancer.close()
  })
})

describe('the schedule of health checks', () => {
  it.each([1, 4, 5.5])('has no end of turns within an interval of %d ms', async (interval) => {
    let drawn = 0
    const random = () => {
      if (++drawn > 10_000) throw new Error('endless')
      return 0.5
    }
    const f = fleet({ a: answer }, { healthCheck: { check: () => true, interval }, random })
    await call(f)
    await f.clock.advance(50)
    expect(drawn).toBeLessThan(200)
    await f.balancer.close()
  })

  it('spares those without calls also with the greatest jitter', async () => {
    let made = 0
    const f = fleet({ a: answer }, { healthCheck: { check: () => void made++, jitter: 1 } })
    await call(f)
    await f.clock.advance(600_000)
    expect(made).toBeLessThan(40)
    expect(made).toBeGreaterThan(4)
    await f.balancer.close()
  })

  const firstById = (count: number): Subsetting => ({
    name: 'first',
    shares(members: readonly SubsetMember[]) {
      const ids = members.map(({ id }) => id).sort()
      return members.map(({ id }) => (ids.indexOf(id) < count ? 1 : 0))
    },
  })

  it.each([true, false])(
    'has an endpoint at once that comes into the subset, beforeTraffic: %s',
    async (beforeTraffic) => {
      const made: string[] = []
      const check: CheckEndpoint = ({ id }) => void made.push(id)
      const f = fleet(
        { a: answer, b: answer, c: answer },
        { subsetting: firstById(1), healthCheck: { check, beforeTraffic, jitter: 0, interval: 60_000 } },
      )
      await Promise.all([f.balancer.ready(), f.clock.advance(0)])
      expect(await call(f)).toBe('a')
      await f.clock.advance(1_000)
      expect(made).toEqual(['a'])
      f.balancer.setEndpoints(list('b', 'c'))
      await f.clock.advance(0)
      expect(made).toEqual(['a', 'b'])
      expect(f.state('b')).toBe('eligible')
      await f.balancer.close()
    },
  )

  it('does not go by what was true when an endpoint was last in the subset', async () => {
    let ill = true
    const check: CheckEndpoint = ({ id }) => id !== 'c' || !ill
    const f = fleet(
      { a: answer, b: answer, c: answer },
      { endpoints: list('b', 'c'), subsetting: firstById(2), healthCheck: { check, fall: 1, jitter: 0 } },
    )
    await call(f)
    await f.clock.advance(0)
    expect(f.state('c')).toBe('unhealthy')
    f.balancer.setEndpoints(list('a', 'b', 'c'))
    expect(f.state('c')).toBe('outside-subset')
    ill = false
    await f.clock.advance(3_600_000)
    f.balancer.setEndpoints(list('b', 'c'))
    await f.clock.advance(0)
    expect(f.state('c')).toBe('eligible')
    await f.balancer.close()
  })
})

describe('an endpoint', () => {
  it('may be taken off the list by whoever is told that it is well', async () => {
    let ill = false
    const told: string[] = []
    const f = fleet(
      { a: breakOff, b: answer },
      {
        policy: roundRobin(),
        outlierDetection: { baseEjectionTime: 300_000 },
        healthCheck: { check: ({ id }) => id !== 'a' || !ill, jitter: 0, fall: 1, rise: 1 },
      },
    )
    f.balancer.on('healthy', () => f.balancer.setEndpoints(list('b')))
    f.balancer.on('endpointremoved', () => told.push('removed'))
    f.balancer.on('checked', ({ endpoint }) => endpoint.id === 'a' && told.push('checked'))
    while (f.state('a') !== 'ejected') await call(f)
    ill = true
    await f.clock.advance(6_000)
    ill = false
    told.length = 0
    await f.clock.advance(6_000)
    expect(await call(f)).toBe('b')
    expect(told).toEqual(['removed'])
    await f.balancer.close()
    expect(f.clock.pending).toBe(0)
  })

  it('that comes back ejected while it was draining is looked at as often as one that stayed', async () => {
    let ill = true
    const f = fleet(
      { a: breakOff, b: answer },
      {
        policy: roundRobin(),
        outlierDetection: { baseEjectionTime: 300_000 },
        healthCheck: { check: ({ id }) => id !== 'a' || !ill, jitter: 0, fall: 100 },
      },
    )
    const held = [f.balancer.pick(), f.balancer.pick()]
    while (f.state('a') !== 'ejected') await call(f)
    f.balancer.setEndpoints(list('b'))
    f.balancer.setEndpoints(list('b', 'a'))
    expect(f.state('a')).toBe('ejected')
    await f.clock.advance(1_000)
    ill = false
    await f.clock.advance(2_000)
    expect(f.state('a')).toBe('trial-due')
    for (const pick of held) pick.release()
    await f.balancer.close()
  })

  it('that comes back without ever having been looked at needs one good result', async () => {
    let ill = true
    const check: CheckEndpoint = () => !ill
    const f = fleet(
      { a: answer, b: answer },
      { endpoints: list('a'), healthCheck: { check, jitter: 0, rise: 5, beforeTraffic: true } },
    )
    const held = f.balancer.pick()
    f.balancer.setEndpoints(list('b'))
    ill = false
    f.balancer.setEndpoints(list('a', 'b'))
    await f.clock.advance(0)
    expect([f.state('a'), f.state('b')]).toEqual(['eligible', 'eligible'])
    held.release()
    await f.balancer.close()
  })

  it('of the first list is warm once it has been found well; one that joins, or is back, is not', async () => {
    let ill = false
    const check: CheckEndpoint = ({ id }) => id !== 'b' || !ill
    const f = fleet(
      { a: answer, b: answer, c: answer },
      {
        endpoints: list('a', 'b'),
        slowStart: {},
        healthCheck: { check, fall: 1, rise: 1, jitter: 0, beforeTraffic: true },
      },
    )
    await Promise.all([f.balancer.ready(), f.clock.advance(0)])
    expect([f.state('a'), f.state('b')]).toEqual(['eligible', 'eligible'])
    f.balancer.setEndpoints(list('a', 'b', 'c'))
    await f.clock.advance(0)
    expect(f.state('c')).toBe('warming-up')
    ill = true
    await call(f)
    await f.clock.advance(5_000)
    expect(f.state('b')).toBe('unhealthy')
    ill = false
    await f.clock.advance(5_000)
    expect(f.state('b')).toBe('warming-up')
    await f.balancer.close()
  })
})

describe('before traffic', () => {
  it('nobody is called who has not been looked at, whatever became of the list before', async () => {
    const f = fleet(
      { a: answer, b: answer },
      { endpoints: list('a'), healthCheck: { check: never, timeout: 5_000, beforeTraffic: true } },
    )
    f.balancer.setEndpoints([])
    f.balancer.setEndpoints(list('b'))
    expect(await sentSoon(f)).toEqual([])
  })

  it('nobody of a list that comes while calls wait is called without having been looked at', async () => {
    const f = fleet(
      { a: answer, b: answer },
      { endpoints: list('a'), healthCheck: { check: never, timeout: 5_000, beforeTraffic: true } },
    )
    const end = outcomeOf(f.balancer.fetch('/'))
    f.balancer.setEndpoints([])
    f.balancer.setEndpoints(list('b'))
    await f.clock.advance(100)
    expect(f.sent).toEqual([])
    await f.clock.advance(30_000)
    await end
    await f.balancer.close()
  })

  it('one that is well but gets no calls lets nobody through', async () => {
    const endpoints = [
      { id: 'a', url: 'http://a.test', weight: 0 },
      { id: 'b', url: 'http://b.test' },
    ]
    const check: CheckEndpoint = ({ id }) => id === 'a' || never()
    const f = fleet(
      { a: answer, b: answer },
      { endpoints, healthCheck: { check, timeout: 5_000, beforeTraffic: true } },
    )
    expect(await sentSoon(f)).toEqual([])
  })
})

describe('a check', () => {
  it('that does not wait for what it has sent leaves nothing open', async () => {
    let cancelled = 0
    let resolve: (response: Response) => void = () => {}
    const signals: AbortSignal[] = []
    const check: CheckEndpoint = (_, { send, signal }) => {
      signals.push(signal)
      void send('http://a.test/x')
    }
    const slow = () =>
      new Promise<Response>((r) => {
        resolve = r
      })
    const f = fleet({ a: slow }, { healthCheck: { check, jitter: 0 } })
    await Promise.all([f.balancer.ready(), f.clock.advance(0)])
    expect(signals[0]?.aborted).toBe(true)
    resolve(new Response(new ReadableStream({ cancel: () => void cancelled++ })))
    await f.clock.advance(0)
    expect(cancelled).toBe(1)
    await f.balancer.close()
  })

  it('keeps a process alive only for those who wait for it', async () => {
    const timers = new Set<NodeJS.Timeout>()
    const clock = {
      now: () => performance.timeOrigin + performance.now(),
      setTimer(callback: () => void, delay: number) {
        const timer = setTimeout(callback, delay)
        timers.add(timer)
        return timer
      },
      clearTimer(timer: unknown) {
        clearTimeout(timer as NodeJS.Timeout)
        timers.delete(timer as NodeJS.Timeout)
      },
    }
    let pass: (() => void) | undefined
    const check = () =>
      new Promise<void>((resolve) => {
        pass = resolve
      })
    const balancer = createBalancer({
      endpoints: list('a'),
      clock,
      healthCheck: { check, beforeTraffic: true },
    })
    const keeping = () => [...timers].filter((timer) => timer.hasRef()).length
    const ready = balancer.ready()
    expect(keeping()).toBe(1)
    await expect.poll(() => pass).toBeDefined()
    pass?.()
    await ready
    expect(keeping()).toBe(0)
    await balancer.close()
  })
})
