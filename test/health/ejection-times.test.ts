import { describe, expect, it } from 'vitest'
import { EndpointSet } from '../../src/core/endpoint-set.js'
import { parseEndpoint } from '../../src/core/parse-endpoint.js'
import { EjectionTimes } from '../../src/health/outlier/ejection-times.js'
import { checkOutlierDetection, type OutlierDetectionOptions } from '../../src/health/outlier/options.js'

function setUp(options: OutlierDetectionOptions, random = () => 0.5) {
  const times = new EjectionTimes(checkOutlierDetection({ jitter: 0, ...options }), random)
  return { times, endpoint: new EndpointSet().add(parseEndpoint('http://a', 'endpoint')) }
}

describe('the length of ejections', () => {
  it('grows with each, up to the maximum', () => {
    const { times, endpoint } = setUp({ baseEjectionTime: 10, maxEjectionTime: 35 })
    expect(Array.from({ length: 6 }, () => times.eject(endpoint, 0))).toEqual([10, 20, 30, 35, 35, 35])
  })

  it('varies by the jitter, upward only and beyond the maximum', () => {
    const draws = [0, 0.5, 0.999]
    const options = { baseEjectionTime: 100, maxEjectionTime: 100, jitter: 0.2 }
    const { times, endpoint } = setUp(options, () => draws.shift()!)
    const lengths = Array.from({ length: 3 }, () => Math.round(times.eject(endpoint, 0)))
    expect(lengths).toEqual([100, 110, 120])
  })

  it('shrinks by one for each interval of good behaviour, and not while ejected', () => {
    const { times, endpoint } = setUp({ baseEjectionTime: 10, interval: 100 })
    times.sweep(0, () => false)
    for (let i = 0; i < 4; i++) times.eject(endpoint, 0)
    times.sweep(100, () => true)
    expect(endpoint.ejections).toBe(4)
    times.sweep(199, () => false)
    expect(endpoint.ejections).toBe(4)
    times.sweep(200, () => false)
    expect(endpoint.ejections).toBe(3)
    // For all of the time that has passed, however seldom anybody looks.
    times.sweep(450, () => false)
    expect(endpoint.ejections).toBe(1)
    expect(times.nextSweep).toBe(500)
    times.sweep(10_000, () => false)
    expect(endpoint.ejections).toBe(0)
    expect(times.nextSweep).toBe(Number.POSITIVE_INFINITY)
  })

  it('does not take longer to come down than it took to get to the maximum', () => {
    const { times, endpoint } = setUp({ baseEjectionTime: 10, maxEjectionTime: 30 })
    for (let i = 0; i < 50; i++) times.eject(endpoint, 0)
    expect(endpoint.ejections).toBe(3)
  })
})

describe('after a failed trial', () => {
  const seconds = (length: number) => Math.round(length) / 1_000

  it('it stays the same while there are many calls for each trial', () => {
    const { times, endpoint } = setUp({})
    times.eject(endpoint, 0)
    expect(Array.from({ length: 4 }, () => seconds(times.prolong(endpoint, 300 / 1_000, 0)))).toEqual([
      5, 5, 5, 5,
    ])
    // So a dead endpoint that was tried a hundred times is not out for minutes once it has come back.
    expect(endpoint.ejections).toBe(1)
  })

  it('it grows up to the time of fifty calls', () => {
    const { times, endpoint } = setUp({})
    times.eject(endpoint, 0)
    // 4 calls a second: 50 of them take 12.5 s.
    expect(Array.from({ length: 4 }, () => seconds(times.prolong(endpoint, 4 / 1_000, 0)))).toEqual([
      10, 15, 15, 15,
    ])
  })

  it.each([10 / 60_000, 0])('it grows without that while there are few calls (%d in a ms)', (rate) => {
    const { times, endpoint } = setUp({})
    times.eject(endpoint, 0)
    expect(Array.from({ length: 4 }, () => seconds(times.prolong(endpoint, rate, 0)))).toEqual([
      10, 15, 20, 25,
    ])
  })

  it('does not forget earlier ejections', () => {
    const { times, endpoint } = setUp({})
    for (let i = 0; i < 4; i++) times.eject(endpoint, 0)
    expect(times.prolong(endpoint, 1, 0)).toBe(5_000)
    expect(endpoint.ejections).toBe(4)
    expect(times.eject(endpoint, 0)).toBe(25_000)
  })
})
