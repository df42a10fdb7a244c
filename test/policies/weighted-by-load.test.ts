import { describe, expect, it } from 'vitest'
import type { LoadReport } from '../../src/core/load-report.js'
import { type WeightedByLoadOptions, weightedByLoad } from '../../src/policies/weighted-by-load.js'
import { seededRandom } from '../../src/testing/seeded-random.js'
import { Gate, gate, tableOf } from '../support/table.js'

function setUp(weights: readonly number[], options?: WeightedByLoadOptions) {
  const policy = weightedByLoad(options)
  const { table, endpoints } = tableOf(weights)
  const random = seededRandom(3)
  const report = (index: number, load: LoadReport, now: number) =>
    policy.observe?.(
      endpoints[index]!,
      {
        kind: 'success',
        progress: 'answered',
        latency: 10,
        status: 200,
        retryAfter: undefined,
        load,
        final: false,
        error: undefined,
      },
      now,
    )
  const shares = (now: number, picks = 12_000) => {
    const counts = endpoints.map(() => 0)
    for (let i = 0; i < picks; i++) {
      const picked = policy.pick(table, { now, random, tried: [], key: undefined })
      counts[endpoints.indexOf(picked as (typeof endpoints)[number])]!++
    }
    return counts.map((count) => Number((count / picks).toFixed(2)))
  }
  return { policy, table, endpoints, report, shares }
}

/** Utilised like this at 100 requests a second. */
const at = (applicationUtilization: number, eps = 0): LoadReport => ({
  rps: 100,
  applicationUtilization,
  eps,
})

describe('weighted by load', () => {
  it('asks for load reports, and is plain round robin until there are any', () => {
    const { policy, shares } = setUp([1, 1, 1, 1])
    expect(policy.usesLoadReports).toBe(true)
    expect(shares(0)).toEqual([0.25, 0.25, 0.25, 0.25])
  })

  it('shares by requests a second for each unit of utilisation', () => {
    const { report, shares } = setUp([1, 1, 1], { blackoutPeriod: 0 })
    report(0, at(0.2), 0)
    report(1, at(0.4), 0)
    report(2, { rps: 50, cpuUtilization: 0.2 }, 0)
    // 500 : 250 : 250
    expect(shares(0)).toEqual([0.5, 0.25, 0.25])
  })

  it('counts errors as utilisation', () => {
    const { report, shares } = setUp([1, 1], { blackoutPeriod: 0, errorUtilizationPenalty: 2 })
    report(0, at(0.5), 0)
    // 0.5 + 25/100 x 2 = 1
    report(1, at(0.5, 25), 0)
    expect(shares(0)).toEqual([0.67, 0.33])
  })

  it('gives one that reports nothing the mean of the others, also when weights are large', () => {
    const { report, shares } = setUp([1, 1, 1], { blackoutPeriod: 0 })
    report(0, at(0.1), 0)
    report(1, at(0.3), 0)
    // 1000, 333 and their mean, 667: not the period of 667 that would starve it.
    expect(shares(0)).toEqual([0.5, 0.17, 0.33])
  })

  it('is plain round robin while only one is known', () => {
    const { report, shares } = setUp([1, 1], { blackoutPeriod: 0 })
    report(0, at(0.1), 0)
    expect(shares(0)).toEqual([0.5, 0.5])
  })

  it('waits for the end of a blackout, which begins anew when an endpoint comes back', () => {
    const { policy, endpoints, report, shares } = setUp([1, 1])
    report(0, at(0.2), 0)
    report(1, at(0.6), 0)
    expect(shares(9_999)).toEqual([0.5, 0.5])
    expect(shares(11_000)).toEqual([0.75, 0.25])
    policy.forget?.(endpoints[0]!)
    report(0, at(0.2), 12_000)
    expect(shares(13_000)).toEqual([0.5, 0.5])
    expect(shares(22_000)).toEqual([0.75, 0.25])
  })

  it('forgets a weight that was not reported again for three minutes', () => {
    const { report, shares } = setUp([1, 1], { blackoutPeriod: 0 })
    report(0, at(0.2), 0)
    report(1, at(0.6), 0)
    expect(shares(179_000)).toEqual([0.75, 0.25])
    expect(shares(180_000)).toEqual([0.5, 0.5])
  })

  it('computes weights anew once a period, and no endpoint waits for the turn of a weight it had before', () => {
    const { report, shares } = setUp([1, 1], { blackoutPeriod: 0 })
    report(0, at(0.001), 0)
    report(1, at(1), 0)
    expect(shares(0)).toEqual([1, 0])
    report(0, at(0.5), 500)
    report(1, at(0.5), 500)
    expect(shares(999)).toEqual([1, 0])
    expect(shares(1_000, 100)).toEqual([0.5, 0.5])
  })

  it('multiplies with configured weights', () => {
    const { report, shares } = setUp([1, 3], { blackoutPeriod: 0 })
    expect(shares(0)).toEqual([0.25, 0.75])
    report(0, at(0.2), 0)
    report(1, at(0.6), 0)
    expect(shares(1_000)).toEqual([0.5, 0.5])
  })

  it.each([
    ['cpu', { cpuUtilization: 0.2 }, { cpuUtilization: 0.6 }],
    ['memory', { memUtilization: 0.2 }, { memUtilization: 0.6 }],
    ['gpu', { utilization: { gpu: 0.2 } }, { utilization: { gpu: 0.6 } }],
    ['kv_cache', { namedMetrics: { kv_cache: 0.2 } }, { namedMetrics: { kv_cache: 0.6 } }],
  ])('goes by the metric %s when told to', (metric, first, second) => {
    const { report, shares } = setUp([1, 1], { blackoutPeriod: 0, metric })
    report(0, { rps: 100, applicationUtilization: 0.9, ...first }, 0)
    report(1, { rps: 100, applicationUtilization: 0.1, ...second }, 0)
    expect(shares(0)).toEqual([0.75, 0.25])
  })

  it('passes over reports that say too little', () => {
    const { report, shares } = setUp([1, 1], { blackoutPeriod: 0 })
    report(0, { applicationUtilization: 0.9 }, 0)
    report(1, { rps: 100 }, 0)
    report(1, { rps: 100, applicationUtilization: 0 }, 0)
    expect(shares(0)).toEqual([0.5, 0.5])
  })

  it('leaves out who is ejected', () => {
    const { table, endpoints, report, shares } = setUp([1, 1, 1], { blackoutPeriod: 0 })
    for (const index of [0, 1, 2]) report(index, at(0.2 * (index + 1)), 0)
    gate(table, endpoints[0]!, Gate.EJECTED)
    expect(shares(0)).toEqual([0, 0.6, 0.4])
  })

  it('finds who has come back when all others go at the same time', () => {
    const { table, endpoints, shares } = setUp([1, 1, 1])
    gate(table, endpoints[0]!, Gate.EJECTED)
    expect(shares(0, 10)[0]).toBe(0)
    gate(table, endpoints[0]!, 0)
    gate(table, endpoints[1]!, Gate.EJECTED)
    gate(table, endpoints[2]!, Gate.EJECTED)
    expect(shares(0, 10)).toEqual([1, 0, 0])
  })

  it.each([
    [{ blackoutPeriod: -1 }, /weightedByLoad\.blackoutPeriod/],
    [{ weightExpirationPeriod: 0 }, /weightedByLoad\.weightExpirationPeriod/],
    [{ weightUpdatePeriod: 'x' }, /weightedByLoad\.weightUpdatePeriod/],
    [{ errorUtilizationPenalty: -1 }, /weightedByLoad\.errorUtilizationPenalty/],
    [{ metric: '' }, /weightedByLoad\.metric/],
    [{ period: 1 }, /weightedByLoad\.period.*no such option/],
  ])('refuses %j', (options, message) => {
    expect(() => weightedByLoad(options as WeightedByLoadOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
    )
  })
})
