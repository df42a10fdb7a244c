import { describe, expect, it } from 'vitest'
import type { EjectionCause } from '../../src/core/ejection.js'
import { EndpointSet } from '../../src/core/endpoint-set.js'
import { parseEndpoint } from '../../src/core/parse-endpoint.js'
import { OutlierDetection } from '../../src/health/outlier-detection.js'
import { seededRandom } from '../../src/testing/seeded-random.js'

const HOUR = 3_600_000

interface Fleet {
  /** How often each endpoint fails, 0 to 1. */
  readonly fail: readonly number[]
  /** Calls of all endpoints together, which come at random, to endpoints at random. */
  readonly perMinute: number
  readonly seed?: number
  /** Which rule it is about: the others are turned off. */
  readonly rule?: 'failureShare' | 'peerFailureDifference'
}

interface Ejection {
  readonly which: number
  readonly calls: number
  readonly cause: EjectionCause
}

/** Who is ejected by the shares of failures alone in so many calls; whoever was is back at once. */
function* ejections(fleet: Fleet, calls: number): Generator<Ejection> {
  const { fail, perMinute, seed = 1, rule = 'peerFailureDifference' } = fleet
  const random = seededRandom(seed)
  const endpoints = new EndpointSet()
  const members = fail.map((_, i) => endpoints.add(parseEndpoint(`http://e${i}`, 'endpoint')))
  const off = { failureShare: 0, peerFailureDifference: 0, [rule]: undefined }
  const outlier = new OutlierDetection({ consecutiveFailures: 0, ...off }, random)
  let now = HOUR
  for (let i = 1; i <= calls; i++) {
    now -= (Math.log(1 - random()) * 60_000) / perMinute
    const which = Math.floor(random() * fail.length)
    const kind = random() < fail[which]! ? 'server-error' : 'success'
    const cause = outlier.observe(members[which]!, kind, now)
    if (cause === undefined) continue
    outlier.eject(members[which]!, cause, now)
    outlier.readmit(members[which]!)
    yield { which, calls: i, cause }
  }
}

/** After how many calls all bad ones had been found, the median of many runs. */
function toFindAll(fleet: Fleet, bad: number): number {
  const found = Array.from({ length: 101 }, (_, seed) => {
    const seen = new Set<number>()
    for (const { which, calls } of ejections({ ...fleet, seed }, 20_000)) {
      seen.add(which)
      if (seen.size === bad) return calls
    }
    return Number.POSITIVE_INFINITY
  })
  return found.sort((a, b) => a - b)[50]!
}

const FEW = 3
const MANY = 18_000

describe('when all fail alike, practically nobody is ejected for failing more than the others', () => {
  describe.each([2, 3, 5, 10])('of %i endpoints', (n) => {
    it.each([
      [0.02, FEW],
      [0.02, MANY],
      [0.1, FEW],
      [0.1, MANY],
      [0.5, MANY],
      [0.9, MANY],
      [1, FEW],
      [1, MANY],
    ])('that fail %d of their calls, at %i calls a minute', (share, perMinute) => {
      const fail = Array.from({ length: n }, () => share)
      // At three calls a minute that is 23 days.
      expect([...ejections({ fail, perMinute }, 100_000)].length).toBeLessThanOrEqual(2)
    })
  })

  it('also when it comes and goes for all of them together', () => {
    // The endpoints get very unequal shares of the calls, and all fail for a minute of every half hour.
    const random = seededRandom(3)
    const endpoints = new EndpointSet()
    const members = Array.from({ length: 5 }, (_, i) =>
      endpoints.add(parseEndpoint(`http://e${i}`, 'endpoint')),
    )
    const outlier = new OutlierDetection({ consecutiveFailures: 0, failureShare: 0 }, random)
    let ejected = 0
    for (let now = HOUR; now < 49 * HOUR; now += 1_000) {
      const which = Math.floor(5 * random() ** 3)
      const fails = now % (HOUR / 2) < 60_000
      if (outlier.observe(members[which]!, fails ? 'server-error' : 'success', now)) ejected++
    }
    expect(ejected).toBe(0)
  })
})

describe('those that fail more often than the others are found', () => {
  // Envoy's rule, a distance from the mean of 1.9 standard deviations, sees none but the one of five.
  it.each<[string, readonly number[], number, number]>([
    ['one of five, half of its calls', [0.5, 0, 0, 0, 0], 1, 80],
    ['two of five, 90 % of their calls', [0.9, 0.9, 0, 0, 0], 2, 60],
    ['two of five, half of their calls', [0.5, 0.5, 0, 0, 0], 2, 140],
    ['two of five, 30 % of their calls', [0.3, 0.3, 0, 0, 0], 2, 300],
    ['two of five, half of their calls, where 5 % is usual', [0.5, 0.5, 0.05, 0.05, 0.05], 2, 180],
    ['one of two, half of its calls', [0.5, 0], 1, 60],
    ['one of three, 30 % of its calls', [0.3, 0, 0], 1, 100],
    ['four of ten, half of their calls', [0.5, 0.5, 0.5, 0.5, 0, 0, 0, 0, 0, 0], 4, 500],
  ])('%s', (_what, fail, bad, most) => {
    for (const perMinute of [FEW, 60, MANY])
      expect(toFindAll({ fail, perMinute }, bad)).toBeLessThanOrEqual(most)
  })

  it('and never those that are well, beside them', () => {
    for (const perMinute of [FEW, MANY]) {
      const found = [...ejections({ fail: [0.5, 0.5, 0.02, 0.02, 0.02], perMinute }, 20_000)]
      expect(found.filter(({ which }) => which > 1)).toEqual([])
    }
  })

  it('with the numbers that decided it', () => {
    const [first] = ejections({ fail: [0.5, 0, 0], perMinute: 60 }, 1_000)
    const { which, cause } = first!
    expect(which).toBe(0)
    if (cause.rule !== 'success-rate') throw new Error(cause.rule)
    const { calls, failures, share, peerCalls, peerFailures, peerShare, chance } = cause
    expect(failures / calls).toBe(share)
    expect(peerFailures / peerCalls).toBe(peerShare)
    expect(calls + peerCalls).toBe(first!.calls)
    expect(peerShare).toBe(0)
    expect(chance).toBeLessThan(1e-4)
    expect(chance).toBeGreaterThan(1e-6)
  })
})

describe('the share of failures by itself', () => {
  it('ejects from 85 % of ten calls on, also when the others are no better', () => {
    const [first] = ejections({ fail: [0.95, 0.95], perMinute: 60, rule: 'failureShare' }, 1_000)
    expect(first?.cause).toMatchObject({ rule: 'failure-share', limit: 0.85 })
    expect(first?.calls).toBeLessThan(40)
  })

  it('lets those be that fail less often', () => {
    const found = [...ejections({ fail: [0.6, 0.1], perMinute: MANY, rule: 'failureShare' }, 50_000)]
    // Nine of the first ten, now and then.
    expect(found.length).toBeLessThanOrEqual(3)
  })
})
