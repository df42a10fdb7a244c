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

function feed(outlier: OutlierDetection, endpoint: LiveEndpoint, kinds: OutcomeKind[]) {
  return kinds.map((kind) => outlier.observe(endpoint, kind))
}

const repeat = (kind: OutcomeKind, times: number) => Array.from({ length: times }, () => kind)

describe('consecutive failures', () => {
  it.each<OutcomeKind>(['gateway-error', 'unreachable', 'broken', 'timeout'])(
    '%s: the third one ejects',
    (kind) => {
      const { outlier, members } = setUp(2)
      expect(feed(outlier, members[0]!, repeat(kind, 3))).toEqual([
        undefined,
        undefined,
        'consecutive-gateway-failures',
      ])
    },
  )

  it('server errors: the fifth one ejects', () => {
    const { outlier, members } = setUp(2)
    expect(feed(outlier, members[0]!, repeat('server-error', 5)).at(-1)).toBe('consecutive-failures')
    expect(members[0]!.consecutiveFailures).toBe(5)
  })

  it('a success starts the count anew', () => {
    const { outlier, members } = setUp(2)
    const kinds = [
      ...repeat('broken', 2),
      'success',
      ...repeat('broken', 2),
      'success',
      ...repeat('server-error', 4),
    ]
    expect(feed(outlier, members[0]!, kinds as OutcomeKind[])).not.toContain('consecutive-failures')
  })

  it('a server error shows that somebody is there: it starts the count of gateway failures anew', () => {
    const { outlier, members } = setUp(2)
    const kinds: OutcomeKind[] = ['broken', 'broken', 'server-error', 'broken']
    expect(feed(outlier, members[0]!, kinds)).toEqual([undefined, undefined, undefined, undefined])
    expect(outlier.observe(members[0]!, 'broken')).toBe('consecutive-failures')
  })

  it.each<OutcomeKind>(['overloaded', 'cancelled', 'stalled', 'ignored'])('%s counts neither way', (kind) => {
    const { outlier, members } = setUp(2)
    feed(outlier, members[0]!, ['broken', 'broken', kind])
    expect(members[0]!.consecutiveFailures).toBe(2)
    expect(outlier.observe(members[0]!, 'broken')).toBe('consecutive-gateway-failures')
  })

  it('0 turns a rule off', () => {
    const { outlier, members } = setUp(2, { consecutiveFailures: 0, consecutiveGatewayFailures: 0 })
    expect(feed(outlier, members[0]!, repeat('timeout', 50)).filter(Boolean)).toEqual([])
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
  })
})

it.each([
  [{ consecutiveFailures: -1 }, /outlierDetection\.consecutiveFailures/],
  [{ consecutiveFailures: 1.5 }, /outlierDetection\.consecutiveFailures.*whole/],
  [{ baseEjectionTime: 0 }, /outlierDetection\.baseEjectionTime/],
  [{ maxEjectedShare: 10 }, /outlierDetection\.maxEjectedShare.*at most 1/],
  [{ maxEjectionPercent: 10 }, /outlierDetection\.maxEjectionPercent.*no such option/],
])('refuses %j', (options, message) => {
  expect(() => new OutlierDetection(options as OutlierDetectionOptions, Math.random)).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
  )
})
