import { describe, expect, it } from 'vitest'
import type { LiveEndpoint } from '../../src/core/endpoint.js'
import type { LoadReport } from '../../src/core/load-report.js'
import type { OutcomeKind } from '../../src/core/outcome.js'
import { type PrequalOptions, prequal } from '../../src/policies/prequal.js'
import { seededRandom } from '../../src/testing/seeded-random.js'
import { tableOf } from '../support/table.js'

/** A policy over a few endpoints, whose calls begin and end as the test says. */
function setUp(weights: readonly number[], options?: PrequalOptions) {
  const policy = prequal(options)
  const { table, endpoints } = tableOf(weights)
  const random = seededRandom(5)
  /** What happens in calls that tests give whole, until time gets there: a policy is told of it in order. */
  let events: { at: number; happen: () => void }[] = []
  const catchUp = () => {
    const due = events.sort((x, y) => x.at - y.at)
    events = []
    for (const { happen } of due) happen()
  }
  const pick = (now: number, tried: readonly LiveEndpoint[] = []) => {
    catchUp()
    return policy.pick(table, { now, random, tried, key: undefined }) as LiveEndpoint
  }
  const start = (endpoint: LiveEndpoint, now: number) => {
    catchUp()
    policy.start?.(endpoint, now)
    endpoint.inFlight++
  }
  const end = (
    endpoint: LiveEndpoint,
    now: number,
    latency: number,
    load?: LoadReport,
    kind: OutcomeKind = 'success',
    retryAfter?: number,
  ) => {
    endpoint.inFlight--
    const outcome = {
      kind,
      progress: 'answered',
      latency,
      status: 200,
      retryAfter,
      load,
      final: false,
      error: undefined,
    }
    policy.observe?.(endpoint, outcome as Parameters<NonNullable<typeof policy.observe>>[1], now)
  }
  /** A whole call. */
  const call = (
    endpoint: LiveEndpoint,
    now: number,
    latency: number,
    load?: LoadReport,
    kind?: OutcomeKind,
    retryAfter?: number,
  ) => {
    events.push({ at: now - latency, happen: () => start(endpoint, now - latency) })
    events.push({ at: now, happen: () => end(endpoint, now, latency, load, kind, retryAfter) })
  }
  /** Shares of so many picks at one instant; one in a hundred may be a look at one that was not heard of. */
  const shares = (now: number, picks = 1_000) => {
    const counts = endpoints.map(() => 0)
    for (let i = 0; i < picks; i++) counts[endpoints.indexOf(pick(now))]!++
    return counts.map((count) => count / picks)
  }
  return { policy, table, endpoints, pick, start, end, call, shares }
}

describe('prequal', () => {
  it('asks for load reports', () => {
    expect(prequal().usesLoadReports).toBe(true)
  })

  it('goes by requests in flight that only the servers know', () => {
    const { endpoints, call, shares } = setUp([1, 1])
    const [a, b] = endpoints as [LiveEndpoint, LiveEndpoint]
    call(a, 1_000, 20, { inFlight: 8, latency: 20 })
    call(b, 1_000, 20, { inFlight: 1, latency: 20 })
    expect(shares(1_001)[1]).toBeGreaterThan(0.98)
  })

  it('goes by latencies that only the servers know', () => {
    const { endpoints, call, shares } = setUp([1, 1])
    const [a, b] = endpoints as [LiveEndpoint, LiveEndpoint]
    call(a, 1_000, 20, { inFlight: 2, latency: 100 })
    call(b, 1_000, 20, { inFlight: 2, latency: 20 })
    expect(shares(1_001)[1]).toBeGreaterThan(0.98)
  })

  it('adds calls of its own since the report, and takes off those that ended', () => {
    const { endpoints, call, start, pick } = setUp([1, 1])
    const [a, b] = endpoints as [LiveEndpoint, LiveEndpoint]
    call(a, 1_000, 20, { inFlight: 2, latency: 20 })
    call(b, 1_000, 20, { inFlight: 5, latency: 20 })
    const went: string[] = []
    for (let i = 0; i < 9; i++) {
      const endpoint = pick(1_001)
      start(endpoint, 1_001)
      went.push(endpoint.id)
    }
    // Three to make up for b's, then in turn: nobody gets more than they have room for.
    expect(went.slice(0, 3)).toEqual(['a', 'a', 'a'])
    expect(a.inFlight - b.inFlight).toBeGreaterThanOrEqual(2)
    expect(a.inFlight - b.inFlight).toBeLessThanOrEqual(4)
  })

  it('forgets counts of requests within a few latencies, and latencies within a few seconds', () => {
    const { endpoints, call, shares } = setUp([1, 1])
    const [a, b] = endpoints as [LiveEndpoint, LiveEndpoint]
    call(a, 1_000, 20, { inFlight: 6, latency: 20 })
    call(b, 1_000, 20, { inFlight: 5, latency: 20 })
    expect(shares(1_001)[1]).toBeGreaterThan(0.9)
    // 10 s are 500 latencies: what is left of the difference is within what counts as alike.
    expect(shares(11_000)[0]).toBeCloseTo(0.5, 0)
  })

  it('prefers cold ones, but not at any price', () => {
    const { endpoints, call, shares } = setUp([1, 1])
    const [a, b] = endpoints as [LiveEndpoint, LiveEndpoint]
    // Where the line is: 95 % of what was reported is at 2 or less.
    for (let i = 0; i < 200; i++) call(b, 1_000 + i, 10, { inFlight: 2, latency: 10 })
    call(a, 1_200, 10, { inFlight: 6, latency: 4 })
    // 4 x 7 = 28 for the hot one, 10 x 3 = 30 for the cold one: not worth the heat.
    expect(shares(1_200)[1]).toBeGreaterThan(0.95)
    for (let i = 0; i < 20; i++) call(b, 1_250 + i, 40, { inFlight: 2, latency: 40 })
    call(a, 1_270, 4, { inFlight: 6, latency: 4 })
    expect(shares(1_271)[0]).toBeGreaterThan(0.95)
  })

  it('takes a fast failure for a long answer, and drops what was known', () => {
    for (const kind of ['server-error', 'gateway-error', 'unreachable', 'broken', 'timeout', 'overloaded']) {
      const { endpoints, call, shares } = setUp([1, 1])
      const [a, b] = endpoints as [LiveEndpoint, LiveEndpoint]
      call(a, 1_000, 300, { inFlight: 4, latency: 300 })
      call(b, 1_000, 10, { inFlight: 0, latency: 10 })
      call(b, 1_001, 1, { inFlight: 0, latency: 1 }, kind as OutcomeKind)
      // Not even a look, while the penalty lasts.
      expect(shares(1_002)[1]).toBe(0)
      expect(shares(4_000)[1]).toBe(0)
    }
  })

  it('believes no endpoint that has only ever failed, also when nobody has answered yet', () => {
    const { endpoints, call, shares } = setUp([1, 1, 1])
    call(endpoints[0]!, 1_000, 1, undefined, 'unreachable')
    expect(shares(1_001)[0]).toBe(0)
  })

  it('leaves one alone for as long as it asked', () => {
    const { endpoints, call, shares } = setUp([1, 1])
    const [a, b] = endpoints as [LiveEndpoint, LiveEndpoint]
    call(b, 1_000, 10, undefined, 'overloaded', 60_000)
    call(a, 50_000, 10)
    expect(shares(50_001)[1]).toBe(0)
  })

  it('takes a call that does not end for one that takes at least so long', () => {
    const { endpoints, call, start, shares } = setUp([1, 1])
    const [a, b] = endpoints as [LiveEndpoint, LiveEndpoint]
    call(a, 1_000, 30, { inFlight: 1, latency: 30 })
    call(b, 1_000, 10, { inFlight: 1, latency: 10 })
    start(b, 1_001)
    expect(shares(1_002)[1]).toBeGreaterThan(0.95)
    expect(shares(1_100)[1]).toBe(0)
    expect(shares(60_000)[1]).toBe(0)
  })

  it('learns from a call that was given up that it took at least so long, and nothing from what says nothing', () => {
    const { endpoints, call, shares } = setUp([1, 1])
    const [a, b] = endpoints as [LiveEndpoint, LiveEndpoint]
    call(a, 1_000, 30, { inFlight: 1, latency: 30 })
    call(b, 1_000, 10, { inFlight: 1, latency: 10 })
    call(b, 1_001, 1, undefined, 'cancelled')
    call(b, 1_001, 1, undefined, 'ignored')
    call(b, 1_001, Number.NaN, undefined, 'stalled')
    expect(shares(1_002)[1]).toBeGreaterThan(0.95)
    call(a, 1_502, 30, { inFlight: 1, latency: 30 })
    call(b, 1_503, 500, undefined, 'cancelled')
    expect(shares(1_504)[1]).toBeLessThan(0.05)
  })

  it('does not send a call where it has been', () => {
    const { endpoints, call, pick } = setUp([1, 1, 1])
    for (const endpoint of endpoints) call(endpoint, 1_000, endpoint.id === 'a' ? 10 : 500)
    for (let i = 0; i < 300; i++) expect(pick(1_000 + i, [endpoints[0]!]).id).not.toBe('a')
  })

  it('explores what nobody has measured with one call at a time', () => {
    const { endpoints, call, start, pick } = setUp([1, 1, 1])
    call(endpoints[0]!, 1_000, 10)
    const first = pick(1_000)
    expect(first.id).not.toBe('a')
    start(first, 1_000)
    const second = pick(1_000)
    expect(['b', 'c']).toContain(second.id)
    expect(second).not.toBe(first)
    start(second, 1_000)
    for (let i = 0; i < 100; i++) expect(pick(1_000).id).toBe('a')
  })

  it('spreads a burst over endpoints that nobody has measured', () => {
    const { endpoints, start, pick } = setUp(Array.from({ length: 10 }, () => 1))
    for (let i = 0; i < 500; i++) start(pick(0), 0)
    for (const endpoint of endpoints) expect(Math.abs(endpoint.inFlight - 50)).toBeLessThan(6)
  })

  it('finds an endpoint that healed, and tries one that has not with few calls', () => {
    const { endpoints, pick, start, end } = setUp([1, 1, 1, 1])
    const [bad] = endpoints as [LiveEndpoint]
    const toBad = (from: number, until: number, latencyOfBad: number) => {
      let count = 0
      for (let now = from; now < until; now += 10) {
        const endpoint = pick(now)
        if (endpoint === bad) count++
        const latency = endpoint === bad ? latencyOfBad : 9
        start(endpoint, now)
        end(endpoint, now + latency, latency)
      }
      return count / ((until - from) / 10)
    }
    expect(toBad(0, 20_000, 9)).toBeCloseTo(0.25, 1)
    toBad(20_000, 25_000, 200)
    expect(toBad(25_000, 60_000, 200)).toBeLessThan(0.02)
    toBad(60_000, 75_000, 9)
    expect(toBad(75_000, 95_000, 9)).toBeGreaterThan(0.2)
  })

  it('does not herd: a hundred clients that heard the same take different ones', () => {
    const counts = new Map<string, number>()
    for (let client = 0; client < 100; client++) {
      const policy = prequal()
      const { table, endpoints } = tableOf(Array.from({ length: 10 }, () => 1))
      for (const endpoint of endpoints) policy.start?.(endpoint, 980)
      for (const [i, endpoint] of endpoints.entries()) {
        policy.observe?.(
          endpoint,
          {
            kind: 'success',
            progress: 'answered',
            latency: 20,
            status: 200,
            retryAfter: undefined,
            // Five that are nearly alike, and five that are busier.
            load: { inFlight: i < 5 ? 2 : 6, latency: 20 + (i % 5) * 0.01 },
            final: false,
            error: undefined,
          },
          1_000,
        )
      }
      const random = seededRandom(client)
      const { id } = policy.pick(table, { now: 1_001, random, tried: [], key: undefined })!
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
    expect([...counts.keys()].sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(Math.max(...counts.values())).toBeLessThan(40)
  })

  it('lets a heavy one have more under way, and idle ones their weights in calls', () => {
    const { endpoints, call, shares, start } = setUp([1, 3])
    const [a, b] = endpoints as [LiveEndpoint, LiveEndpoint]
    call(a, 1_000, 20, { inFlight: 0, latency: 20 })
    call(b, 1_000, 20, { inFlight: 0, latency: 20 })
    expect(shares(1_000, 4_000)[1]).toBeCloseTo(0.75, 1)
    for (let i = 0; i < 4; i++) start(b, 1_000)
    expect(shares(1_000)[0]).toBeGreaterThan(0.6)
  })

  it('does not take servers that report nothing for idle ones', () => {
    const { endpoints, call, shares } = setUp([1, 1, 1, 1])
    for (const [i, endpoint] of endpoints.entries()) {
      call(endpoint, 1_000, 20, i < 2 ? { inFlight: 4, latency: 20 } : undefined)
    }
    for (const share of shares(1_000)) expect(share).toBeGreaterThan(0.05)
  })

  it('forgets what it is told to', () => {
    const { endpoints, policy, call, pick } = setUp([1, 1])
    const [a, b] = endpoints as [LiveEndpoint, LiveEndpoint]
    call(a, 1_000, 10)
    call(b, 1_000, 900)
    expect(pick(1_000)).toBe(a)
    policy.forget?.(b)
    expect(pick(1_000)).toBe(b)
  })

  it('compares a few of a thousand, among them those it heard of', () => {
    const { endpoints, call, pick } = setUp(Array.from({ length: 1_000 }, () => 1))
    for (const endpoint of endpoints) call(endpoint, 1_000, 100)
    for (const endpoint of endpoints.slice(0, 5)) call(endpoint, 1_000, 10)
    let fast = 0
    for (let i = 0; i < 200; i++) if (endpoints.indexOf(pick(1_000)) < 5) fast++
    expect(fast).toBeGreaterThan(190)
  })

  it.each([
    [{ hotQuantile: 2 }, /prequal\.hotQuantile.*at most 1/],
    [{ penalty: -5 }, /prequal\.penalty/],
    [{ probe: 'yes' }, /prequal\.probe/],
    [{ maxProbes: 0.5 }, /prequal\.maxProbes/],
    [{ probesPerCall: 0 }, /prequal\.probesPerCall/],
    [{ probeTimeout: -1 }, /prequal\.probeTimeout/],
    [{ quantile: 5 }, /prequal\.quantile.*no such option/],
  ])('refuses %j', (options, message) => {
    expect(() => prequal(options as PrequalOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
    )
  })
})
