import { describe, expect, it } from 'vitest'
import { Gate, type LiveEndpoint } from '../../src/core/endpoint.js'
import { EndpointSet } from '../../src/core/endpoint-set.js'
import type { OutcomeKind } from '../../src/core/outcome.js'
import { parseEndpoint } from '../../src/core/parse-endpoint.js'
import type { OutlierDetectionOptions } from '../../src/health/outlier/options.js'
import { OutlierDetection } from '../../src/health/outlier-detection.js'

function setUp(n: number, options: OutlierDetectionOptions = {}) {
  const endpoints = new EndpointSet()
  const members = Array.from({ length: n }, (_, i) =>
    endpoints.add(parseEndpoint(`http://e${i}`, 'endpoint')),
  )
  return { outlier: new OutlierDetection(options, () => 0.5), endpoints, members }
}

/** The rules that call for an ejection after each of these ends of calls. */
function feed(outlier: OutlierDetection, endpoint: LiveEndpoint, kinds: readonly OutcomeKind[]) {
  return kinds.map((kind) => outlier.observe(endpoint, kind, 0)?.rule)
}

const repeat = (kind: OutcomeKind, times: number) => Array.from({ length: times }, () => kind)
const gateway = 'consecutive-gateway-failures'
const local = 'consecutive-local-origin-failures'

describe('consecutive failures', () => {
  it.each<[OutcomeKind, string]>([
    ['gateway-error', gateway],
    ['unreachable', local],
    ['broken', local],
    ['timeout', local],
  ])('%s: the third one ejects', (kind, rule) => {
    const { outlier, members } = setUp(2)
    expect(feed(outlier, members[0]!, repeat(kind, 3))).toEqual([undefined, undefined, rule])
  })

  it('server errors: the fifth one ejects, and the cause carries the numbers', () => {
    const { outlier, members } = setUp(2)
    feed(outlier, members[0]!, repeat('server-error', 4))
    expect(outlier.observe(members[0]!, 'server-error', 0)).toEqual({
      rule: 'consecutive-failures',
      failures: 5,
      limit: 5,
    })
  })

  it('a success starts the counts anew', () => {
    const { outlier, members } = setUp(2, { failureShare: 0 })
    const kinds: OutcomeKind[] = [
      ...repeat('broken', 2),
      'success',
      ...repeat('gateway-error', 2),
      'success',
      ...repeat('server-error', 4),
      'success',
    ]
    expect(feed(outlier, members[0]!, kinds).filter(Boolean)).toEqual([])
    expect(members[0]).toMatchObject({
      consecutiveFailures: 0,
      consecutiveGatewayFailures: 0,
      consecutiveLocalOriginFailures: 0,
    })
  })

  it('a server error shows that somebody is there: it starts the counts of the other kinds anew', () => {
    const { outlier, members } = setUp(2)
    const kinds: OutcomeKind[] = ['broken', 'gateway-error', 'server-error', 'broken']
    expect(feed(outlier, members[0]!, kinds)).toEqual([undefined, undefined, undefined, undefined])
    expect(outlier.observe(members[0]!, 'broken', 0)?.rule).toBe('consecutive-failures')
  })

  it('a mixture of gateway and local-origin failures ejects as fast as either', () => {
    const { outlier, members } = setUp(2)
    const kinds: OutcomeKind[] = ['gateway-error', 'unreachable', 'gateway-error']
    expect(feed(outlier, members[0]!, kinds)).toEqual([undefined, undefined, gateway])
  })

  it('a mixture takes as many as the higher of the two limits', () => {
    const { outlier, members } = setUp(2, {
      consecutiveGatewayFailures: 6,
      consecutiveLocalOriginFailures: 3,
      consecutiveFailures: 0,
    })
    const mixture: OutcomeKind[] = ['gateway-error', 'gateway-error', 'gateway-error', 'broken', 'broken']
    expect(feed(outlier, members[0]!, mixture).filter(Boolean)).toEqual([])
    expect(outlier.observe(members[0]!, 'gateway-error', 0)).toEqual({
      rule: gateway,
      failures: 6,
      limit: 6,
    })
    // Whatever comes between, three of local origin are enough.
    expect(outlier.observe(members[1]!, 'broken', 0)).toBeUndefined()
    expect(feed(outlier, members[1]!, ['gateway-error', 'broken', 'broken']).at(-1)).toBe(local)
  })

  it('one of the two that is turned off does not count with the other', () => {
    const { outlier, members } = setUp(2, { consecutiveGatewayFailures: 0, consecutiveFailures: 0 })
    const kinds: OutcomeKind[] = [...repeat('gateway-error', 5), ...repeat('broken', 2)]
    expect(feed(outlier, members[0]!, kinds).filter(Boolean)).toEqual([])
    expect(outlier.observe(members[0]!, 'broken', 0)?.rule).toBe(local)
  })

  it.each<OutcomeKind>(['overloaded', 'cancelled', 'stalled', 'ignored'])('%s counts neither way', (kind) => {
    const { outlier, members } = setUp(2)
    feed(outlier, members[0]!, ['broken', 'broken', kind])
    expect(members[0]!.consecutiveFailures).toBe(2)
    expect(outlier.observe(members[0]!, 'broken', 0)?.rule).toBe(local)
  })

  it('0 turns a rule off', () => {
    const { outlier, members } = setUp(2, {
      consecutiveFailures: 0,
      consecutiveGatewayFailures: 0,
      consecutiveLocalOriginFailures: 0,
      failureShare: 0,
      peerFailureDifference: 0,
    })
    const kinds = [...repeat('timeout', 50), ...repeat('gateway-error', 50)]
    feed(outlier, members[1]!, repeat('success', 100))
    expect(feed(outlier, members[0]!, kinds).filter(Boolean)).toEqual([])
  })

  it('an endpoint that is readmitted has a clean slate', () => {
    const { outlier, members } = setUp(2)
    feed(outlier, members[0]!, ['broken', 'gateway-error'])
    outlier.readmit(members[0]!)
    expect(feed(outlier, members[0]!, ['broken', 'gateway-error']).filter(Boolean)).toEqual([])
  })
})

describe('the cap on ejections', () => {
  // n endpoints: how many go when all of them fail. Never the last one.
  it.each([
    [1, {}, 0],
    [2, {}, 1],
    [3, {}, 1],
    [4, {}, 2],
    [10, {}, 5],
    [11, {}, 5],
    [10, { maxEjectedShare: 0.1 }, 1],
    [5, { maxEjectedShare: 0 }, 1],
    [5, { maxEjectedShare: 1 }, 4],
    [5, { maxEjectedShare: 1, minAvailable: 3 }, 2],
    [2, { minAvailable: 2 }, 0],
    [2, { minAvailable: 0 }, 1],
  ])('of %i endpoints with %j lets %i go', (n, options, expected) => {
    const { outlier, endpoints, members } = setUp(n, options)
    for (const endpoint of members) {
      if (outlier.mayEject(endpoint, endpoints)) endpoints.close(endpoint, Gate.EJECTED)
    }
    expect(endpoints.ejected).toBe(expected)
    expect(endpoints.eligible).toBe(n - expected)
  })

  it('counts endpoints that are out for another reason as not available', () => {
    const { outlier, endpoints, members } = setUp(3)
    endpoints.close(members[0]!, Gate.CIRCUIT)
    endpoints.close(members[1]!, Gate.CIRCUIT)
    expect(outlier.mayEject(members[2]!, endpoints)).toBe(false)
    // One of those takes nobody away who could be asked.
    expect(outlier.mayEject(members[0]!, endpoints)).toBe(true)
  })
})

it.each([
  [{ consecutiveFailures: -1 }, /outlierDetection\.consecutiveFailures/],
  [{ consecutiveFailures: 1.5 }, /outlierDetection\.consecutiveFailures.*whole/],
  [{ consecutiveLocalOriginFailures: '3' }, /outlierDetection\.consecutiveLocalOriginFailures/],
  [{ failureShare: 85 }, /outlierDetection\.failureShare.*at most 1/],
  [{ peerFailureDifference: -0.1 }, /outlierDetection\.peerFailureDifference/],
  [{ latencyFactor: 0.5 }, /outlierDetection\.latencyFactor.*at least 1/],
  [{ overdueFactor: Number.NaN }, /outlierDetection\.overdueFactor/],
  [{ minOverdue: 0 }, /outlierDetection\.minOverdue/],
  [{ minLatencyDifference: 0 }, /outlierDetection\.minLatencyDifference/],
  [{ minCalls: 0 }, /outlierDetection\.minCalls/],
  [{ jitter: 2 }, /outlierDetection\.jitter.*at most 1/],
  [{ baseEjectionTime: 0 }, /outlierDetection\.baseEjectionTime/],
  [{ maxEjectedShare: 10 }, /outlierDetection\.maxEjectedShare.*at most 1/],
  [{ maxEjectionPercent: 10 }, /outlierDetection\.maxEjectionPercent.*no such option/],
])('refuses %j', (options, message) => {
  expect(() => new OutlierDetection(options as OutlierDetectionOptions, Math.random)).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
  )
})
