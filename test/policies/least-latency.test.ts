import { describe, expect, it } from 'vitest'
import type { LiveEndpoint } from '../../src/core/endpoint.js'
import type { Outcome, OutcomeKind } from '../../src/core/outcome.js'
import { type LeastLatencyOptions, leastLatency } from '../../src/policies/least-latency.js'
import { seededRandom } from '../../src/testing/seeded-random.js'
import { tableOf } from '../support/table.js'

const outcome = (kind: OutcomeKind, latency: number, retryAfter?: number): Outcome => ({
  kind,
  progress: 'answered',
  latency,
  status: undefined,
  retryAfter,
  load: undefined,
  final: false,
  error: undefined,
})

/** A policy with its endpoints, and a clock that the test moves. */
function setUp(weights: readonly number[] = [1, 1]) {
  const policy = leastLatency()
  const { table, endpoints } = tableOf(weights)
  const random = seededRandom(1)
  const world = {
    now: 1_000,
    policy,
    table,
    endpoints,
    pick(tried: readonly LiveEndpoint[] = []): LiveEndpoint {
      return policy.pick(table, { now: world.now, random, tried, key: undefined }) as LiveEndpoint
    },
    start(endpoint: LiveEndpoint): void {
      policy.start?.(endpoint, world.now)
      endpoint.inFlight++
    },
    end(endpoint: LiveEndpoint, kind: OutcomeKind, latency: number, retryAfter?: number): void {
      endpoint.inFlight--
      policy.observe?.(endpoint, outcome(kind, latency, retryAfter), world.now)
    },
    /** One whole call. */
    call(endpoint: LiveEndpoint, latency: number, kind: OutcomeKind = 'success', retryAfter?: number): void {
      world.start(endpoint)
      world.now += latency
      world.end(endpoint, kind, latency, retryAfter)
    },
    /** Calls one after the other, each `latencyOf` its endpoint; how many went where. */
    run(calls: number, latencyOf: (index: number) => number): number[] {
      const counts = endpoints.map(() => 0)
      for (let i = 0; i < calls; i++) {
        const endpoint = world.pick()
        counts[endpoint.index]!++
        world.call(endpoint, latencyOf(endpoint.index))
      }
      return counts
    },
  }
  return world
}

describe('least latency', () => {
  it('uses the faster one, and looks at the slower one now and then', () => {
    const world = setUp()
    const [, slow] = world.run(2_000, (index) => (index === 0 ? 10 : 50)) as [number, number]
    expect(slow).toBeLessThan(100)
    expect(slow).toBeGreaterThanOrEqual(5)
  })

  it('finds one that has recovered, and one that has turned slow', () => {
    const world = setUp([1, 1, 1])
    world.run(1_000, (index) => (index === 0 ? 200 : 10))
    const [healed] = world.run(2_000, () => 10) as [number]
    expect(healed / 2_000).toBeGreaterThan(0.2)
    const [again] = world.run(1_000, (index) => (index === 0 ? 200 : 10)) as [number]
    expect(again / 1_000).toBeLessThan(0.03)
  })

  it('avoids one that has stopped answering long before anything times out', () => {
    const world = setUp()
    const [a, b] = world.endpoints as [LiveEndpoint, LiveEndpoint]
    for (let i = 0; i < 20; i++) {
      world.call(a, 10)
      world.call(b, 10)
    }
    world.start(a)
    let toA = 0
    // 300 ms are thirty times what a call takes here.
    for (let i = 0; i < 30; i++) {
      const endpoint = world.pick()
      if (endpoint === a) toA++
      world.call(b, 10)
    }
    expect(toA).toBeLessThanOrEqual(2)
  })

  it.each<OutcomeKind>(['server-error', 'gateway-error', 'unreachable', 'broken', 'timeout', 'overloaded'])(
    'passes over one for 5 s after a fast %s, and then uses it again',
    (kind) => {
      const world = setUp()
      const [a, b] = world.endpoints as [LiveEndpoint, LiveEndpoint]
      for (let i = 0; i < 20; i++) {
        world.call(a, 300)
        world.call(b, 10)
      }
      world.call(b, 1, kind)
      const until = world.now + 5_000
      while (world.now < until - 300) {
        expect(world.pick()).toBe(a)
        world.call(a, 300)
      }
      world.now = until + 1
      expect(world.pick()).toBe(b)
    },
  )

  it('leaves one alone for as long as it asked', () => {
    const world = setUp()
    const [a, b] = world.endpoints as [LiveEndpoint, LiveEndpoint]
    world.call(a, 10)
    world.call(b, 1, 'overloaded', 8_000)
    const until = world.now + 8_000
    while (world.now < until - 100) {
      expect(world.pick()).toBe(a)
      world.call(a, 100)
    }
  })

  it('forgives one that answers a call which began after its failure', () => {
    const world = setUp()
    const [a, b] = world.endpoints as [LiveEndpoint, LiveEndpoint]
    for (let i = 0; i < 20; i++) world.call(a, 100)
    world.call(b, 1, 'broken')
    expect(world.pick()).toBe(a)
    world.call(b, 5)
    expect(world.pick()).toBe(b)
  })

  it('picks among endpoints that have all failed', () => {
    const world = setUp([1, 1, 1])
    for (const endpoint of world.endpoints) world.call(endpoint, 1, 'broken')
    expect(world.endpoints).toContain(world.pick())
  })

  it('takes a call that was given up for one that took longer than that', () => {
    const world = setUp()
    const [a, b] = world.endpoints as [LiveEndpoint, LiveEndpoint]
    for (let i = 0; i < 20; i++) {
      world.call(a, 10)
      world.call(b, 12)
    }
    world.start(a)
    world.now += 400
    world.end(a, 'cancelled', 400)
    for (let i = 0; i < 10; i++) expect(world.pick()).toBe(b)
  })

  it.each([
    ['ignored', 400],
    ['stalled', Number.NaN],
    ['success', Number.NaN],
    ['timeout', Number.NaN],
  ] as const)('learns nothing from %s with a latency of %d', (kind, latency) => {
    const [told, untold] = [setUp(), setUp()]
    for (const world of [told, untold]) for (const endpoint of world.endpoints) world.call(endpoint, 10)
    told.start(told.endpoints[0]!)
    for (const world of [told, untold]) world.now += 900
    told.end(told.endpoints[0]!, kind, latency)
    const ids = (world: ReturnType<typeof setUp>) => Array.from({ length: 50 }, () => world.pick().id)
    expect(ids(told)).toEqual(ids(untold))
  })

  it('takes a frozen process for no more than a second of waiting, and nothing overflows', () => {
    const world = setUp()
    const [a, b] = world.endpoints as [LiveEndpoint, LiveEndpoint]
    for (let i = 0; i < 20; i++) {
      world.call(a, 10)
      world.call(b, 10)
    }
    world.start(a)
    world.now += 1e9
    world.end(a, 'success', Number.NaN)
    const counts = world.run(2_000, () => 10)
    expect(Math.min(...counts)).toBeGreaterThan(500)
  })

  it('goes on for years without losing precision', () => {
    const world = setUp()
    for (let year = 0; year < 3; year++) {
      const [, slow] = world.run(5_000, (index) => (index === 0 ? 10 : 50)) as [number, number]
      expect(slow).toBeLessThan(400)
      expect(slow).toBeGreaterThan(10)
      world.now += 3e10
    }
  })

  it('spreads a burst over endpoints that nobody has measured', () => {
    const world = setUp(Array.from({ length: 10 }, () => 1))
    for (let i = 0; i < 1_000; i++) world.start(world.pick())
    const loads = world.endpoints.map(({ inFlight }) => inFlight)
    expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(12)
  })

  it('shares idle endpoints of nearly equal latency out by weight', () => {
    const world = setUp([1, 3])
    const [light, heavy] = world.run(6_000, () => 10) as [number, number]
    expect(heavy / (light + heavy)).toBeCloseTo(0.75, 1)
  })

  it('gives one that warms up less', () => {
    const world = setUp([1, 1, 1, 1])
    world.endpoints[0]!.effectiveWeight = 0.1
    const [warming] = world.run(4_000, () => 10) as [number]
    expect(warming / 4_000).toBeLessThan(0.06)
    expect(warming).toBeGreaterThan(0)
  })

  it('prefers those that the call has not tried', () => {
    const world = setUp([1, 1, 1])
    const [a, b, c] = world.endpoints as [LiveEndpoint, LiveEndpoint, LiveEndpoint]
    world.call(c, 1, 'broken')
    for (let i = 0; i < 20; i++) expect(world.pick([a, b])).toBe(c)
    expect(
      world.policy.pick(world.table, { now: 0, random: seededRandom(1), tried: [a, b, c], key: undefined }),
    ).toBe(undefined)
  })

  it('starts anew with one that was out, but for the call that brought it back', () => {
    const world = setUp()
    const [a, b] = world.endpoints as [LiveEndpoint, LiveEndpoint]
    for (let i = 0; i < 20; i++) world.call(a, 10)
    world.call(b, 1, 'broken')
    world.start(b)
    world.now += 9
    world.policy.forget?.(b)
    world.end(b, 'success', 9)
    // Within a second: the penalty of 5 s would keep it out for longer.
    const [, toB] = world.run(100, () => 10) as [number, number]
    expect(toB).toBeGreaterThan(20)
  })

  it('does not take what was learned of one endpoint for another that has its index now', () => {
    const world = setUp()
    const [a] = world.endpoints as [LiveEndpoint, LiveEndpoint]
    world.call(a, 1, 'broken', 1e6)
    const { endpoints } = tableOf([1, 1, 1])
    world.table.remove(a)
    const heir = Object.assign(endpoints[0]!, { order: 7 })
    world.table.add(heir)
    const picks = Array.from({ length: 50 }, () => world.pick())
    expect(picks).toContain(heir)
  })

  it('finds the fast ones among a thousand by a sample and a memory of winners', () => {
    const world = setUp(Array.from({ length: 1_000 }, () => 1))
    const isSlow = (index: number) => index % 5 === 0
    const counts = world.run(20_000, (index) => (isSlow(index) ? 100 : 10))
    const slow = counts.reduce((sum, count, index) => sum + (isSlow(index) ? count : 0), 0)
    // A random choice gives them 20 %.
    expect(slow / 20_000).toBeLessThan(0.05)
  })

  it.each([
    [{ penalty: -5 }, /leastLatency\.penalty/],
    [{ decay: 5 }, /leastLatency\.decay.*no such option/],
  ])('refuses %j', (options, message) => {
    expect(() => leastLatency(options as LeastLatencyOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
    )
  })
})
