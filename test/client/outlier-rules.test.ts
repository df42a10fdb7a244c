import { type BalancerEvents, type BalancerOptions, roundRobin } from 'evenkeel'
import { seededRandom, virtualClock } from 'evenkeel/testing'
import { describe, expect, it } from 'vitest'
import {
  afterMs,
  answer,
  type Behaviour,
  elapse,
  type Fleet,
  fleet,
  outcomeOf,
  status,
} from '../support/fleet.js'

function watched(does: Record<string, Behaviour>, options: Partial<BalancerOptions> = {}) {
  const f = fleet(does, { policy: roundRobin(), ...options })
  const ejected: BalancerEvents['ejected'][] = []
  f.balancer.on('ejected', (event) => ejected.push(event))
  return { f, ejected, who: () => ejected.map(({ endpoint, rule }) => `${endpoint.id} ${rule}`) }
}

/** Calls one after the other, so many ms apart. */
async function calls({ balancer, clock }: Fleet, times: number, every = 10): Promise<void> {
  for (let i = 0; i < times; i++) {
    await elapse(clock, outcomeOf(balancer.fetch('/')))
    await clock.advance(every)
  }
}

const sometimes = (random: () => number, share: number): Behaviour => {
  const fails = status(500)
  return (request) => (random() < share ? fails(request) : answer(request))
}

describe('the success rate against peers', () => {
  it('sees two of five that fail half of their calls, and tells why in numbers and in words', async () => {
    const random = seededRandom(11)
    const bad = sometimes(random, 0.5)
    const does = { a: bad, b: answer, c: bad, d: answer, e: answer }
    const { f, ejected, who } = watched(does, {
      outlierDetection: { consecutiveFailures: 0 },
      circuitBreaker: false,
    })
    await calls(f, 200)
    expect(who().sort()).toEqual(['a success-rate', 'c success-rate'])
    const [{ endpoint, ...event }] = ejected as [BalancerEvents['ejected']]
    if (event.rule !== 'success-rate') throw new Error(event.rule)
    expect(event.share).toBe(event.failures / event.calls)
    expect(event.peerShare).toBeLessThan(event.share / 2)
    expect(event.chance).toBeLessThan(1e-4)
    const { reason } = f.balancer.snapshot().endpoints.find(({ id }) => id === endpoint.id)!
    expect(reason).toBe(
      `ejected by outlier detection: ${event.failures} of ${event.calls} calls failed, and of the others' ${event.peerFailures} of ${event.peerCalls}`,
    )
  })

  it('ejects nobody when what is behind all of them fails half of the time', async () => {
    const bad = sometimes(seededRandom(12), 0.5)
    const { f, who } = watched(
      { a: bad, b: bad, c: bad, d: bad, e: bad },
      { outlierDetection: { consecutiveFailures: 0 }, circuitBreaker: false },
    )
    await calls(f, 500)
    expect(who()).toEqual([])
  })

  it('comes before the breaker, which needs more than half of ten calls to fail', async () => {
    const { f, who } = watched(
      { a: sometimes(seededRandom(13), 0.4), b: answer, c: answer },
      { outlierDetection: { consecutiveFailures: 0 } },
    )
    await calls(f, 200)
    expect(who()[0]).toBe('a success-rate')
    expect(f.state('a')).toBe('ejected')
  })

  it('starts from nothing when the endpoint is back', async () => {
    const does = { a: sometimes(seededRandom(14), 0.6), b: answer, c: answer }
    const { f, who } = watched(does, { outlierDetection: { consecutiveFailures: 0 }, circuitBreaker: false })
    await calls(f, 100)
    expect(who()).toEqual(['a success-rate'])
    f.does['a'] = answer
    await f.clock.advance(5_000)
    await calls(f, 1)
    // Three failures of ten are not enough by themselves.
    const before = f.balancer.snapshot().endpoints[0]?.failures ?? 0
    f.does['a'] = sometimes(seededRandom(15), 0.3)
    await calls(f, 30)
    expect(f.balancer.snapshot().endpoints[0]?.failures).toBeGreaterThan(before + 2)
    expect(who()).toHaveLength(1)
  })

  it('keeps what it has learned when the list changes', async () => {
    const bad = sometimes(seededRandom(16), 0.6)
    const { f, who } = watched(
      { a: bad, b: answer, c: answer, d: answer },
      { outlierDetection: { consecutiveFailures: 0 }, circuitBreaker: false },
    )
    let n = 0
    const at = (id: string) => ({ id, url: `http://${id}.test` })
    while (who().length === 0 && n++ < 100) {
      f.balancer.setEndpoints(['a', 'b', n % 2 === 0 ? 'c' : 'd'].map(at))
      await calls(f, 1)
    }
    expect(who()).toEqual(['a success-rate'])
    expect(n).toBeLessThan(80)
  })
})

describe('latency against peers', () => {
  const setUp = (options: Partial<BalancerOptions['outlierDetection'] & object> = {}) => {
    const clock = virtualClock()
    const fast = afterMs(clock, 20)
    const { f, ejected, who } = watched(
      { a: fast, b: fast, c: afterMs(clock, 200), d: fast },
      { clock, outlierDetection: { latencyFactor: 3, interval: 5_000, ...options } },
    )
    return { f, ejected, who, fast }
  }

  it('ejects one that is slower for two intervals, and keeps it out while its trials are slow', async () => {
    const { f, ejected, who, fast } = setUp()
    await calls(f, 210)
    expect(ejected[0]).toMatchObject({ rule: 'latency', peers: 3, limit: expect.closeTo(70, -1) })
    expect(who()).toEqual(['c latency'])
    expect(f.balancer.snapshot().endpoints[2]?.reason).toMatch(
      /^ejected by outlier detection: its answers take \d+ ms, and its peers' 20 ms$/,
    )
    await f.clock.advance(5_000)
    await calls(f, 1)
    expect(ejected[1]).toMatchObject({ rule: 'trial-failed', failures: 1, kind: 'success' })
    expect(f.state('c')).toBe('ejected')
    f.does['c'] = fast
    await f.clock.advance(20_000)
    await calls(f, 1)
    expect(f.state('c')).toBe('eligible')
  })

  it('is off unless it is asked for', async () => {
    const { f, who } = setUp({ latencyFactor: 0 })
    await calls(f, 200)
    expect(who()).toEqual([])
  })
})

describe('a server whose queue is full, and says when to come back', () => {
  const busy = status(503, { 'retry-after': '1' })

  it('is left alone for as long as it asked, and is not ejected for all the calls that were told so', async () => {
    const clock = virtualClock()
    const { f, who } = watched({ a: answer, b: answer, c: answer }, { clock })
    await calls(f, 30)
    f.does['a'] = afterMs(clock, 10, busy)
    const burst = Array.from({ length: 30 }, () => outcomeOf(f.balancer.fetch('/')))
    await clock.advance(200)
    await Promise.all(burst)
    expect(f.state('a')).toBe('cooldown')
    f.does['a'] = answer
    await clock.advance(1_000)
    expect(f.state('a')).toBe('eligible')
    expect(who()).toEqual([])
    expect(f.balancer.snapshot().endpoints[0]).toMatchObject({ consecutiveFailures: 1, failures: 10 })
  })

  it('is not ejected for being busy every second time', async () => {
    let n = 0
    const { f, who } = watched({ a: (request) => (n++ % 2 ? busy : answer)(request), b: answer, c: answer })
    await calls(f, 200, 150)
    expect(f.balancer.snapshot().endpoints[0]?.failures).toBeGreaterThan(5)
    expect(who()).toEqual([])
  })

  it('is ejected when it does nothing else, five times in a row', async () => {
    const { f, who } = watched({ a: busy, b: answer, c: answer })
    await calls(f, 60, 150)
    expect(who()).toEqual(['a consecutive-failures'])
    expect(f.hits()['a']).toBeLessThanOrEqual(6)
  })

  it('is ejected as any other, if the pause that it asks for is none', async () => {
    const { f, who } = watched({ a: status(503, { 'retry-after': '0' }), b: answer })
    await calls(f, 12)
    expect(who()).toEqual(['a consecutive-gateway-failures'])
  })
})

describe('an ejection that is not made', () => {
  it('is told of, with why it should have been', async () => {
    const { f } = watched({ a: status(503), b: status(503) }, { circuitBreaker: false })
    const skipped: BalancerEvents['ejectionskipped'][] = []
    f.balancer.on('ejectionskipped', (event) => skipped.push(event))
    await calls(f, 12)
    expect(skipped[0]).toMatchObject({
      rule: 'consecutive-gateway-failures',
      failures: 3,
      ejected: 1,
      eligible: 1,
    })
  })
})

describe('an endpoint that health checks find well again', () => {
  it('starts with a clean slate', async () => {
    let well = true
    const { f } = watched(
      { a: status(500), b: answer },
      { healthCheck: { check: ({ id }) => id !== 'a' || well, interval: 1_000, idleInterval: 1_000 } },
    )
    await calls(f, 8)
    expect(f.balancer.snapshot().endpoints[0]?.consecutiveFailures).toBe(4)
    well = false
    await f.clock.advance(5_000)
    expect(f.state('a')).toBe('unhealthy')
    well = true
    await f.clock.advance(3_000)
    expect(f.balancer.snapshot().endpoints[0]).toMatchObject({ state: 'eligible', consecutiveFailures: 0 })
  })
})
