import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LiveEndpoint } from '../../src/core/endpoint.js'
import { EndpointSet } from '../../src/core/endpoint-set.js'
import { parseEndpoint } from '../../src/core/parse-endpoint.js'
import { CallWindow } from '../../src/health/outlier/call-window.js'

function setUp() {
  const endpoints = new EndpointSet()
  const [a, b] = ['http://a', 'http://b'].map((url) => endpoints.add(parseEndpoint(url, 'endpoint')))
  return { window: new CallWindow(), endpoints, a: a!, b: b! }
}

function add(window: CallWindow, endpoint: LiveEndpoint, calls: number, failures: number, now: number) {
  for (let i = 0; i < calls; i++) window.add(endpoint, i < failures, now)
}

describe('the window of calls', () => {
  it('counts each endpoint, and all of them', () => {
    const { window, a, b } = setUp()
    add(window, a, 7, 2, 0)
    add(window, b, 3, 0, 5_000)
    expect(window.of(a)).toEqual({ calls: 7, failures: 2 })
    expect(window.of(b)).toEqual({ calls: 3, failures: 0 })
    expect(window.total).toEqual({ calls: 10, failures: 2 })
  })

  it('knows this half and the one before it', () => {
    const { window, a, b } = setUp()
    add(window, a, 30, 6, 0)
    add(window, b, 30, 0, 14_999)
    add(window, a, 25, 1, 15_000)
    expect(window.of(a)).toEqual({ calls: 55, failures: 7 })
    expect(window.of(b)).toEqual({ calls: 30, failures: 0 })
    expect(window.total).toEqual({ calls: 85, failures: 7 })
    add(window, b, 1, 0, 30_000)
    expect(window.of(a)).toEqual({ calls: 25, failures: 1 })
    expect(window.of(b)).toEqual({ calls: 1, failures: 0 })
    expect(window.total).toEqual({ calls: 26, failures: 1 })
  })

  it('grows longer while few calls come, and lets go of what is older than half an hour', () => {
    const { window, a, b } = setUp()
    for (let minute = 0; minute < 19; minute++) add(window, a, 1, 0, minute * 60_000)
    add(window, b, 1, 1, 0)
    expect(window.total).toEqual({ calls: 20, failures: 1 })
    // 20 calls of each endpoint there is: 40.
    add(window, a, 1, 0, 1_799_999)
    expect(window.of(b)).toEqual({ calls: 1, failures: 1 })
    add(window, a, 1, 0, 1_800_000)
    add(window, a, 1, 0, 3_600_000)
    expect(window.of(b)).toEqual({ calls: 0, failures: 0 })
  })

  it('knows nothing after a gap', () => {
    const { window, a, b } = setUp()
    add(window, a, 50, 25, 0)
    add(window, b, 1, 0, 86_400_000)
    expect(window.of(a)).toEqual({ calls: 0, failures: 0 })
    expect(window.total).toEqual({ calls: 1, failures: 0 })
  })

  it('tells how many calls there are in a millisecond', () => {
    const { window, a } = setUp()
    expect(window.rate(5)).toBe(0)
    for (let ms = 0; ms < 40_000; ms += 10) window.add(a, false, ms)
    expect(window.rate(40_000)).toBeCloseTo(0.1, 3)
    expect(window.rate(80_000)).toBeLessThan(0.06)
  })

  it('an endpoint that takes over the place of one that is gone starts from nothing', () => {
    const { window, endpoints, a } = setUp()
    add(window, a, 5, 5, 0)
    window.forget(a)
    endpoints.remove(a)
    const c = endpoints.add(parseEndpoint('http://c', 'endpoint'))
    expect(c.index).toBe(a.index)
    expect(window.of(c)).toEqual({ calls: 0, failures: 0 })
  })

  it('all together are always the sum of each, whatever is forgotten and when', () => {
    const step = fc.record({
      who: fc.nat(3),
      does: fc.constantFrom('succeed', 'succeed', 'fail', 'forget'),
      after: fc.constantFrom(0, 100, 4_000, 16_000, 400_000, 4_000_000),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const endpoints = new EndpointSet()
        const members = ['a', 'b', 'c', 'd'].map((id) =>
          endpoints.add(parseEndpoint(`http://${id}`, 'endpoint')),
        )
        const window = new CallWindow()
        let now = 0
        for (const { who, does, after } of steps) {
          now += after
          if (does === 'forget') window.forget(members[who]!)
          else window.add(members[who]!, does === 'fail', now)
          const each = members.map((endpoint) => window.of(endpoint))
          expect(window.total).toEqual({
            calls: each.reduce((sum, { calls }) => sum + calls, 0),
            failures: each.reduce((sum, { failures }) => sum + failures, 0),
          })
        }
      }),
    )
  })
})
