import { describe, expect, it } from 'vitest'
import { Gate, type LiveEndpoint } from '../../src/core/endpoint.js'
import { EndpointSet } from '../../src/core/endpoint-set.js'
import { parseEndpoint } from '../../src/core/parse-endpoint.js'
import { LatencyAgainstPeers } from '../../src/health/outlier/latency-against-peers.js'
import { checkOutlierDetection, type OutlierDetectionOptions } from '../../src/health/outlier/options.js'

interface Group {
  readonly latencies: readonly number[]
  readonly priority?: number
  readonly region?: string
}

function setUp(groups: readonly Group[], options: OutlierDetectionOptions = {}) {
  const endpoints = new EndpointSet()
  const members: LiveEndpoint[] = []
  for (const [g, { latencies, priority = 0, region }] of groups.entries()) {
    for (const [i, latency] of latencies.entries()) {
      const url = `http://e${i}.g${g}`
      const endpoint = endpoints.add(parseEndpoint({ url, priority, region }, 'endpoint'))
      endpoint.latency = latency
      members.push(endpoint)
    }
  }
  const rule = new LatencyAgainstPeers(checkOutlierDetection({ latencyFactor: 3, ...options }))
  let now = 0
  /** So many answers of each, and then a comparison: the hosts of those that are too slow. */
  const compare = (calls = 10) => {
    for (const endpoint of members) endpoint.successes += calls
    now += 10_000
    return rule.compare(endpoints.all(), now)
  }
  compare()
  return { members, rule, compare, who: (calls?: number) => compare(calls).map((s) => s.endpoint.hostname) }
}

describe('latency against peers', () => {
  it('ejects the second time that one takes more than so many times as long', () => {
    const { who, compare } = setUp([{ latencies: [100, 301, 100] }])
    expect(who()).toEqual([])
    expect(compare()[0]?.cause).toEqual({
      rule: 'latency',
      latency: 301,
      peerLatency: 100,
      peers: 2,
      limit: 300,
    })
  })

  it('lets one be that is just so slow, or was so once', () => {
    const { who, members } = setUp([{ latencies: [100, 300, 301] }])
    expect(who()).toEqual([])
    members[2]!.latency = 299
    expect(who()).toEqual([])
    members[2]!.latency = 301
    expect(who()).toEqual([])
    expect(who()).toEqual([])
  })

  it('makes nothing of differences of a few milliseconds', () => {
    const { who } = setUp([{ latencies: [1, 50, 1] }])
    expect([...who(), ...who()]).toEqual([])
    const strict = setUp([{ latencies: [1, 50, 1] }], { minLatencyDifference: 5 })
    expect([...strict.who(), ...strict.who()]).toEqual(['e1.g0'])
  })

  it.each<[readonly number[], readonly string[]]>([
    [[100, 900], ['e1.g0']],
    [[900], []],
    [
      [900, 800, 100, 100, 100],
      ['e0.g0', 'e1.g0'],
    ],
    [
      [900, 900, 100, 100],
      ['e0.g0', 'e1.g0'],
    ],
    // Where half of the others are slow, those are the measure.
    [[900, 900, 100], []],
    [[900, 900, 900, 900, 100], []],
    [
      [900, 700, 1_000, 800, 100, 100, 100, 100, 100],
      ['e2.g0', 'e0.g0', 'e3.g0', 'e1.g0'],
    ],
  ])('of endpoints that take %j ms ejects %j, the worst first', (latencies, expected) => {
    const { who } = setUp([{ latencies }])
    who()
    expect(who()).toEqual(expected)
  })

  it('compares within a priority and a region only', () => {
    const { who } = setUp([
      { latencies: [10, 10, 10], region: 'eu' },
      { latencies: [200, 200, 900], region: 'us' },
      { latencies: [300], region: 'eu', priority: 1 },
    ])
    who()
    expect(who()).toEqual(['e2.g1'])
  })

  it('judges nobody by few calls, and nobody that is out', () => {
    const { who, members } = setUp([{ latencies: [100, 900, 100] }])
    expect([...who(9), ...who(9), ...who(9)]).toEqual([])
    members[1]!.gates = Gate.COOLDOWN
    expect([...who(), ...who()]).toEqual([])
    members[1]!.gates = 0
    expect([...who(), ...who()]).toEqual(['e1.g0'])
  })
})
