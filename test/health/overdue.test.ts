import { describe, expect, it } from 'vitest'
import { EndpointSet } from '../../src/core/endpoint-set.js'
import { LatencyWindow } from '../../src/core/latency-window.js'
import { parseEndpoint } from '../../src/core/parse-endpoint.js'
import { checkOutlierDetection, type OutlierDetectionOptions } from '../../src/health/outlier/options.js'
import { Overdue } from '../../src/health/outlier/overdue.js'

/** Two endpoints, and so many answers by the second one that took 80 to 100 ms. */
function setUp(answers = 200, options: OutlierDetectionOptions = {}) {
  const endpoints = new EndpointSet()
  const [a, b] = ['http://a', 'http://b'].map((url) => endpoints.add(parseEndpoint(url, 'endpoint')))
  const latencies = new LatencyWindow()
  const overdue = new Overdue(checkOutlierDetection(options), latencies)
  for (let i = 0; i < answers; i++) latencies.record(80 + (i % 21), 0)
  return {
    overdue,
    latencies,
    a: a!,
    b: b!,
    others: (times: number, now: number) => {
      for (let i = 0; i < times; i++) overdue.heard(b!, now)
    },
  }
}

describe('an endpoint that has gone silent', () => {
  it('is overdue when two calls wait for three times as long as nearly all answers take', () => {
    const { overdue, a, others } = setUp()
    overdue.sent(a, 1_000)
    overdue.sent(a, 1_100)
    others(5, 1_200)
    // 99 % took up to 100 ms, which the window knows to 9 %.
    expect(overdue.judge(a, 1_100 + 3 * 99)).toBeUndefined()
    expect(overdue.judge(a, 1_100 + 3 * 110)).toEqual({
      rule: 'overdue',
      calls: 2,
      silentFor: 330,
      limit: expect.closeTo(3 * 105, -1.5),
    })
  })

  it('is not by a single call, which may be what takes long', () => {
    const { overdue, a, others } = setUp()
    overdue.sent(a, 1_000)
    others(500, 5_000)
    expect(overdue.judge(a, 60_000)).toBeUndefined()
  })

  it('is not when the others are silent, too', () => {
    const { overdue, a, others } = setUp()
    others(100, 900)
    overdue.sent(a, 1_000)
    overdue.sent(a, 1_000)
    others(4, 5_000)
    expect(overdue.judge(a, 60_000)).toBeUndefined()
    others(1, 60_000)
    expect(overdue.judge(a, 60_001)).toBeDefined()
  })

  it('is not when an answer came, however many calls have been waiting for longer', () => {
    const { overdue, a, others } = setUp()
    for (let i = 0; i < 10; i++) overdue.sent(a, 1_000)
    overdue.heard(a, 1_050)
    others(50, 2_000)
    // They are meant to last: others have overtaken them.
    expect(overdue.judge(a, 60_000)).toBeUndefined()
    overdue.sent(a, 60_000)
    expect(overdue.judge(a, 70_000)).toBeUndefined()
    overdue.sent(a, 70_000)
    others(5, 70_100)
    expect(overdue.judge(a, 70_100)).toBeUndefined()
    expect(overdue.judge(a, 71_000)).toMatchObject({ calls: 2, silentFor: 1_000 })
  })

  it('is never as long as nobody knows how long answers take', () => {
    const { overdue, a, others } = setUp(19)
    overdue.sent(a, 0)
    overdue.sent(a, 0)
    others(50, 10)
    expect(overdue.judge(a, 1e9)).toBeUndefined()
  })

  it('is measured by 95 % of the answers while there are few', () => {
    const { overdue, a, others } = setUp(20)
    overdue.sent(a, 0)
    overdue.sent(a, 0)
    others(5, 10)
    expect(overdue.judge(a, 400)).toMatchObject({ limit: expect.closeTo(3 * 102, -1.5) })
  })

  it('has at least so many ms, however fast the others are', () => {
    const { overdue, latencies, a, others } = setUp(0, { minOverdue: 500 })
    for (let i = 0; i < 100; i++) latencies.record(1, 0)
    overdue.sent(a, 0)
    overdue.sent(a, 0)
    others(50, 10)
    expect(overdue.judge(a, 500)).toBeUndefined()
    expect(overdue.judge(a, 501)).toMatchObject({ limit: 500 })
  })

  it('is not where one call in fifty is meant to last', () => {
    const { overdue, latencies, a, others } = setUp(0)
    for (let i = 0; i < 1_000; i++) latencies.record(i % 50 === 0 ? 30_000 : 10, 0)
    for (let i = 0; i < 5; i++) overdue.sent(a, 0)
    others(50, 10)
    expect(overdue.judge(a, 80_000)).toBeUndefined()
  })
})

describe('calls that were given up', () => {
  it('are no answer: two that had waited long enough are overdue', () => {
    const { overdue, a, others } = setUp()
    for (const sentAt of [0, 10_000]) {
      overdue.sent(a, sentAt)
      overdue.givenUp(a, sentAt, true, sentAt + 500)
      others(5, sentAt + 600)
    }
    expect(overdue.judge(a, 11_000)).toMatchObject({ rule: 'overdue', calls: 2 })
  })

  it('make up for one that waits: policies that avoid who is busy send one at a time', () => {
    const { overdue, a, others } = setUp()
    overdue.sent(a, 0)
    overdue.givenUp(a, 0, true, 1_000)
    others(5, 2_000)
    overdue.sent(a, 5_000)
    expect(overdue.judge(a, 5_290)).toBeUndefined()
    expect(overdue.judge(a, 5_330)).toMatchObject({ calls: 2, silentFor: 330 })
  })

  it('count for as long as they waited: many of hedges are overdue together', () => {
    const { overdue, a, others } = setUp()
    let calls = 0
    for (let now = 0; overdue.judge(a, now) === undefined && calls < 100; now += 1_000) {
      overdue.sent(a, now)
      overdue.givenUp(a, now, true, now + 100)
      others(1, now + 100)
      calls++
    }
    // 100 of about 315 ms each.
    expect(calls).toBe(7)
  })

  it('say nothing when it was not because of the wait, or at once', () => {
    const { overdue, a, others } = setUp()
    for (let now = 0; now < 20_000; now += 1_000) {
      overdue.sent(a, now)
      overdue.givenUp(a, now, false, now + 900)
      overdue.sent(a, now)
      overdue.givenUp(a, now, true, now)
      others(5, now + 900)
    }
    expect(overdue.judge(a, 20_000)).toBeUndefined()
  })

  it('say nothing when others had overtaken them', () => {
    const { overdue, a, others } = setUp()
    overdue.sent(a, 0)
    overdue.sent(a, 0)
    overdue.heard(a, 50)
    overdue.sent(a, 60)
    overdue.sent(a, 60)
    others(5, 70)
    overdue.givenUp(a, 0, true, 60_000)
    // The two that wait still count.
    expect(overdue.judge(a, 60_000)).toMatchObject({ calls: 2 })
  })

  it('are forgotten with the first answer', () => {
    const { overdue, a, others } = setUp()
    overdue.sent(a, 0)
    overdue.givenUp(a, 0, true, 500)
    overdue.heard(a, 600)
    overdue.sent(a, 1_000)
    overdue.givenUp(a, 1_000, true, 1_500)
    others(50, 1_500)
    expect(overdue.judge(a, 2_000)).toBeUndefined()
  })
})
