import { describe, expect, it } from 'vitest'
import { Gate, type LiveEndpoint } from '../../src/core/endpoint.js'
import { EndpointSet } from '../../src/core/endpoint-set.js'
import type { Outcome, OutcomeKind } from '../../src/core/outcome.js'
import { parseEndpoint } from '../../src/core/parse-endpoint.js'
import { ConcurrencyMeter } from '../../src/health/concurrency-meter.js'
import type { LoadMeter } from '../../src/health/load-meter.js'
import { RateMeter } from '../../src/health/rate-meter.js'
import { UtilizationMeter } from '../../src/health/utilization-meter.js'
import { success } from '../support/success.js'

/** Thirty slots of 1 s. */
const WINDOW = 30_000
const ended = (kind: OutcomeKind): Outcome => ({ ...success(1), kind })

/** A meter over endpoints, which does what an engine does with them. */
function setUp(meter: LoadMeter, specs: readonly object[] = [{}, {}]) {
  const endpoints = new EndpointSet()
  const members = specs.map((spec, i) =>
    endpoints.add(parseEndpoint({ id: `e${i}`, url: `http://e${i}`, ...spec }, 'endpoint')),
  )
  const look = (now: number) => meter.look([...endpoints.all(), ...endpoints.draining()], now)
  return {
    endpoints,
    members,
    look,
    begin(endpoint: LiveEndpoint, now: number) {
      meter.begin(endpoint, now)
      endpoints.begin(endpoint)
    },
    end(endpoint: LiveEndpoint, startedAt: number, now: number, outcome = success(now - startedAt)) {
      endpoints.end(endpoint)
      meter.end(endpoint, outcome, startedAt, now)
    },
    gate(endpoint: LiveEndpoint, now: number) {
      endpoints.close(endpoint, Gate.EJECTED)
      look(now)
    },
    report(endpoint: LiveEndpoint, used: number, now: number) {
      meter.end(endpoint, { ...success(1), load: { applicationUtilization: used } }, now, now)
    },
  }
}

describe('calls under way', () => {
  it('are counted by the time that they take: rate x latency', () => {
    const meter = new ConcurrencyMeter(WINDOW)
    const { members, begin, end } = setUp(meter)
    // 20 a second of 250 ms each: 5 at once.
    const [a] = members as [LiveEndpoint]
    const times: [number, () => void][] = []
    for (let at = 0; at < 4_000; at += 50)
      times.push([at, () => begin(a, at)], [at + 250, () => end(a, at, at + 250)])
    times.sort(([one], [other]) => one - other)
    for (const [, happens] of times) happens()
    expect(meter.peak(4_250)).toBeCloseTo(5)
  })

  it('count while they last', () => {
    const meter = new ConcurrencyMeter(WINDOW)
    const { members, begin } = setUp(meter)
    for (let i = 0; i < 7; i++) begin(members[i % 2]!, 0)
    expect(meter.peak(1_000)).toBe(7)
    expect(meter.peak(10 * WINDOW)).toBe(7)
  })

  it.each(['timeout', 'unreachable', 'cancelled', 'stalled'] as const)(
    'are taken off again when they end as %s',
    (kind) => {
      const meter = new ConcurrencyMeter(WINDOW)
      const { members, begin, end } = setUp(meter)
      const [a, b] = members as [LiveEndpoint, LiveEndpoint]
      begin(b, 0)
      for (let i = 0; i < 50; i++) begin(a, 0)
      expect(meter.peak(10_000)).toBe(51)
      for (let i = 0; i < 50; i++) end(a, 0, 10_000, ended(kind))
      expect(meter.peak(10_000)).toBeCloseTo(1)
    },
  )

  it('stay load when an endpoint answered with an error', () => {
    const meter = new ConcurrencyMeter(WINDOW)
    const { members, begin, end } = setUp(meter)
    begin(members[0]!, 0)
    end(members[0]!, 0, 2_000, ended('server-error'))
    expect(meter.peak(3_000)).toBe(1)
  })

  it('do not count where they hang at an endpoint that is out, and are taken off for the time before', () => {
    const meter = new ConcurrencyMeter(WINDOW)
    const { members, begin, end, gate } = setUp(meter)
    const [a, b] = members as [LiveEndpoint, LiveEndpoint]
    begin(b, 0)
    for (let i = 0; i < 10; i++) begin(a, 0)
    gate(a, 1_000)
    expect(meter.peak(2_000)).toBe(11)
    for (let i = 0; i < 4; i++) begin(b, 2_000)
    for (let i = 0; i < 10; i++) end(a, 0, 4_000, ended('timeout'))
    // 1 until they are 5: nothing is taken off for the time when those of `a` did not count.
    expect(meter.peak(4_000)).toBeCloseTo(5)
  })

  it('of an endpoint that left the list do not count any more', () => {
    const meter = new ConcurrencyMeter(WINDOW)
    const { endpoints, members, begin, end, look } = setUp(meter)
    const [a] = members as [LiveEndpoint]
    begin(a, 0)
    endpoints.remove(a)
    look(1_000)
    end(a, 0, 5_000)
    begin(members[1]!, 5_000)
    expect(meter.peak(6_000)).toBe(1)
  })
})

describe('calls a second', () => {
  it('are those of the highest slot, and only those that were answered', () => {
    const meter = new RateMeter(WINDOW)
    const { members, end } = setUp(meter)
    for (let i = 0; i < 40; i++) end(members[0]!, 0, i * 25)
    for (let i = 0; i < 90; i++) end(members[0]!, 0, 1_000 + i * 10, ended(i < 60 ? 'success' : 'timeout'))
    expect(meter.peak(2_000)).toBe(60)
    expect(meter.peak(2 * WINDOW)).toBe(0)
  })

  it('does not depend on how long a slot is', () => {
    const meter = new RateMeter(10 * WINDOW)
    const { members, end } = setUp(meter)
    for (let i = 0; i < 200; i++) end(members[0]!, 0, i * 50)
    expect(meter.peak(10_000)).toBe(20)
  })
})

describe('what servers report', () => {
  it('is the sum of utilisation x weight, of the means of a slot', () => {
    const meter = new UtilizationMeter(WINDOW)
    const { members, look, report } = setUp(meter, [{}, { weight: 3 }])
    report(members[0]!, 0.2, 0)
    report(members[0]!, 0.4, 400)
    report(members[1]!, 0.6, 900)
    expect(meter.peak(999)).toBeUndefined()
    look(1_000)
    expect(meter.peak(1_000)).toBeCloseTo(0.3 + 3 * 0.6)
  })

  it('of one that said nothing is what the others of its priority did; of backups that nobody asks, nothing', () => {
    const meter = new UtilizationMeter(WINDOW)
    const { members, look, report } = setUp(meter, [{}, {}, {}, { priority: 1 }])
    report(members[0]!, 0.2, 0)
    report(members[1]!, 0.6, 0)
    look(1_000)
    expect(meter.peak(1_000)).toBeCloseTo(1.2)
  })

  it('holds on when nothing new is said, for the window', () => {
    const meter = new UtilizationMeter(WINDOW)
    const { members, look, report } = setUp(meter)
    report(members[0]!, 0.1, 0)
    report(members[1]!, 0.1, 0)
    look(1_000)
    report(members[0]!, 0.5, 1_500)
    look(2_000)
    expect(meter.peak(2_000)).toBeCloseTo(0.6)
    // The second said nothing for a window: it is as the first is.
    report(members[0]!, 0.5, 31_500)
    look(32_000)
    expect(meter.peak(32_000)).toBeCloseTo(1)
  })

  it('of one that is out does not count: its load is with the others', () => {
    const meter = new UtilizationMeter(WINDOW)
    const { members, look, report, gate } = setUp(meter)
    report(members[0]!, 0.5, 0)
    report(members[1]!, 0.5, 0)
    gate(members[0]!, 500)
    look(1_000)
    expect(meter.peak(1_000)).toBeCloseTo(0.5)
  })

  it('is not known when nobody has said anything in the window', () => {
    const meter = new UtilizationMeter(WINDOW)
    const { members, look, report } = setUp(meter)
    look(5_000)
    expect(meter.peak(5_000)).toBeUndefined()
    report(members[0]!, 0.5, 6_000)
    look(7_000)
    expect(meter.peak(7_000)).toBeCloseTo(1)
    expect(meter.peak(6_000 + WINDOW)).toBeUndefined()
  })
})
