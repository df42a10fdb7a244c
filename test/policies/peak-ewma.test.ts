import { describe, expect, it } from 'vitest'
import type { LiveEndpoint } from '../../src/core/endpoint.js'
import type { EndpointTable } from '../../src/core/endpoint-table.js'
import type { Outcome, OutcomeKind } from '../../src/core/outcome.js'
import { type PeakEwmaOptions, peakEwma } from '../../src/policies/peak-ewma.js'
import type { Policy } from '../../src/policies/policy.js'
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

/** Two endpoints are always compared with each other, so a pick says which has the lower score. */
function setUp(weights: readonly number[] = [1, 1]): {
  policy: Policy
  table: EndpointTable
  a: LiveEndpoint
  b: LiveEndpoint
  better(now: number): string
  learn(endpoint: LiveEndpoint, kind: OutcomeKind, latency: number, now: number, retryAfter?: number): void
} {
  const policy = peakEwma()
  const { table, endpoints } = tableOf(weights)
  const [a, b] = endpoints as [LiveEndpoint, LiveEndpoint]
  return {
    policy,
    table,
    a,
    b,
    better: (now) => policy.pick(table, { now, random: seededRandom(1), tried: [], key: undefined })!.id,
    learn: (endpoint, kind, latency, now, retryAfter) =>
      policy.observe?.(endpoint, outcome(kind, latency, retryAfter), now),
  }
}

describe('peak EWMA', () => {
  it('prefers the faster one, until it has so much more to do', () => {
    const { a, b, better, learn } = setUp()
    learn(a, 'success', 10, 0)
    learn(b, 'success', 50, 0)
    expect(better(0)).toBe('a')
    a.inFlight = 3
    expect(better(0)).toBe('a')
    a.inFlight = 5
    expect(better(0)).toBe('b')
  })

  it('follows a peak at once, and comes down by time', () => {
    const { a, b, better, learn } = setUp()
    learn(a, 'success', 10, 0)
    learn(b, 'success', 20, 0)
    learn(a, 'success', 500, 1)
    expect(better(1)).toBe('b')
    learn(a, 'success', 10, 2)
    expect(better(2)).toBe('b')
    // e^-1 is left of the peak after 10 s: still above 20 ms. Good answers bring it down from there.
    for (let now = 0; now <= 50_000; now += 1_000) {
      learn(a, 'success', 10, now)
      learn(b, 'success', 20, now)
    }
    expect(better(50_000)).toBe('a')
  })

  it('looks at a slow one again when its cost has faded below that of the others', () => {
    const { a, b, better, learn } = setUp()
    learn(b, 'success', 40, 0)
    for (let now = 0; now <= 9_000; now += 1_000) learn(a, 'success', 20, now)
    // 40 e^(-t / 10 s) < 20 from t = 6.9 s on.
    expect(better(5_000)).toBe('a')
    expect(better(9_000)).toBe('b')
  })

  it.each<OutcomeKind>(['server-error', 'gateway-error', 'unreachable', 'broken', 'timeout', 'overloaded'])(
    'takes a fast %s for a slow answer',
    (kind) => {
      const { a, b, better, learn } = setUp()
      learn(a, 'success', 300, 0)
      learn(b, 'success', 10, 0)
      learn(b, kind, 1, 1)
      expect(better(1)).toBe('a')
      expect(better(4_000)).toBe('a')
    },
  )

  it('looks again when the time that a penalty stands for has passed, with one call', () => {
    const { a, b, better, learn } = setUp()
    learn(a, 'success', 10, 0)
    learn(b, 'broken', 1, 0)
    expect(better(4_999)).toBe('a')
    learn(a, 'success', 10, 5_000)
    expect(better(5_001)).toBe('b')
    b.inFlight = 1
    expect(better(5_001)).toBe('a')
    b.inFlight = 0
    // And believes what it sees: the past failure does not linger in the average.
    learn(b, 'success', 5, 5_010)
    expect(better(5_010)).toBe('b')
  })

  it('leaves one alone for as long as it asked', () => {
    const { a, b, better, learn } = setUp()
    learn(a, 'success', 10, 0)
    learn(b, 'overloaded', 1, 0, 8_000)
    learn(a, 'success', 10, 7_900)
    expect(better(7_900)).toBe('a')
    expect(better(8_001)).toBe('b')
  })

  it('learns nothing from what says nothing, but that an abandoned call took at least so long', () => {
    const { a, b, better, learn } = setUp()
    learn(a, 'success', 10, 0)
    learn(b, 'success', 20, 0)
    learn(b, 'ignored', 0, 1)
    learn(b, 'cancelled', 0, 1)
    expect(better(1)).toBe('a')
    learn(a, 'cancelled', 900, 1)
    expect(better(1)).toBe('b')
  })

  it('explores what was never measured with one call at a time, however many come at once', () => {
    const { a, b, better, learn } = setUp()
    learn(a, 'success', 10, 0)
    expect(better(0)).toBe('b')
    b.inFlight = 1
    a.inFlight = 200
    expect(better(0)).toBe('a')
  })

  it('spreads a burst over endpoints that nobody has measured', () => {
    const policy = peakEwma()
    const { table, endpoints } = tableOf(Array.from({ length: 10 }, () => 1))
    const chance = seededRandom(9)
    for (let i = 0; i < 1_000; i++)
      (policy.pick(table, { now: 0, random: chance, tried: [], key: undefined }) as LiveEndpoint).inFlight++
    const loads = endpoints.map((endpoint) => endpoint.inFlight)
    expect(Math.max(...loads) - Math.min(...loads)).toBeLessThan(12)
  })

  it('does not stampede to one that was idle for long', () => {
    const { a, b, better, learn } = setUp()
    learn(b, 'success', 10, 0)
    learn(a, 'success', 10, 60_000)
    expect(better(60_000)).toBe('b')
    b.inFlight = 1
    for (a.inFlight = 0; a.inFlight < 100; a.inFlight++) expect(better(60_000)).toBe('a')
  })

  it('lets a heavy one have more under way', () => {
    const { a, b, better, learn } = setUp([1, 4])
    learn(a, 'success', 10, 0)
    learn(b, 'success', 10, 0)
    a.inFlight = 2
    b.inFlight = 4
    for (let i = 0; i < 20; i++) expect(better(0)).toBe('b')
    b.inFlight = 16
    for (let i = 0; i < 20; i++) expect(better(0)).toBe('a')
  })

  it('shares idle endpoints out by weight when their latencies are nearly alike, and by latency when not', () => {
    const { a, b, policy, table, learn } = setUp([1, 3])
    const chance = seededRandom(2)
    const shareOfB = () => {
      const picks = Array.from({ length: 4_000 }, () =>
        policy.pick(table, { now: 0, random: chance, tried: [], key: undefined }),
      )
      return picks.filter((picked) => picked === b).length / picks.length
    }
    learn(a, 'success', 10, 0)
    learn(b, 'success', 11, 0)
    expect(shareOfB()).toBeCloseTo(0.75, 1)
    learn(b, 'success', 20, 0)
    expect(shareOfB()).toBe(0)
  })

  it('compares two different ones: of two, never the worse', () => {
    const { a, b, policy, table, learn } = setUp()
    learn(a, 'success', 10, 0)
    learn(b, 'success', 20, 0)
    const chance = seededRandom(3)
    for (let i = 0; i < 1_000; i++)
      expect(policy.pick(table, { now: 0, random: chance, tried: [], key: undefined })).toBe(a)
  })

  /** The share of picks that go to the last `bad` of six endpoints. */
  const shareOfBad = (bad: number, latencyOfBad: number, latencyOfGood: number): number => {
    const policy = peakEwma()
    const { table, endpoints } = tableOf(Array.from({ length: 6 }, () => 1))
    const isBad = (endpoint: LiveEndpoint) => endpoints.indexOf(endpoint) >= endpoints.length - bad
    const chance = seededRandom(11)
    let toBad = 0
    const picks = 5_000
    for (let i = 0; i < picks; i++) {
      // One call after the other, in so short a time that nothing fades.
      const picked = policy.pick(table, {
        now: i / 1_000,
        random: chance,
        tried: [],
        key: undefined,
      }) as LiveEndpoint
      if (isBad(picked)) toBad++
      policy.observe?.(picked, outcome('success', isBad(picked) ? latencyOfBad : latencyOfGood), i / 1_000)
    }
    return toBad / picks
  }

  it('seldom falls between two bad ones: where both of a pair are dear it looks further', () => {
    // Both of a pair are bad in 1 of 15 pairs of six with two bad ones, and in 3 of 15 with three.
    expect(shareOfBad(2, 500, 10)).toBeLessThan(0.005)
    expect(shareOfBad(3, 500, 10)).toBeLessThan(0.02)
    // What is only somewhat slower is left its share, or all would run to the fastest.
    expect(shareOfBad(3, 30, 10)).toBeCloseTo(3 / 15, 1)
  })

  it('is at peace with latencies that have gone up for good and for all', () => {
    const policy = peakEwma()
    const { table, endpoints } = tableOf([1, 1, 1, 1, 1, 1])
    const chance = seededRandom(12)
    let draws = 0
    const counted = () => {
      draws++
      return chance()
    }
    const pickMany = (latency: number, now: number) => {
      for (const endpoint of endpoints) policy.observe?.(endpoint, outcome('success', latency), now)
      draws = 0
      for (let i = 0; i < 200; i++) policy.pick(table, { now, random: counted, tried: [], key: undefined })
      return draws / 200
    }
    expect(pickMany(10, 0)).toBe(2)
    // For a few picks it looks in vain for better ones, then it knows that there are none.
    expect(pickMany(2_000, 1)).toBeLessThan(2.1)
    expect(pickMany(2_000, 2)).toBe(2)
  })

  it.each([
    [{ decay: 0 }, /peakEwma\.decay.*greater than 0/],
    [{ penalty: -5 }, /peakEwma\.penalty/],
    [{ decya: 5 }, /peakEwma\.decya.*no such option/],
  ])('refuses %j', (options, message) => {
    expect(() => peakEwma(options as PeakEwmaOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
    )
  })
})
