import { describe, expect, it } from 'vitest'
import { percent } from '../../demo/format.ts'
import type { Result, WayResult } from '../../demo/perform.ts'
import { report, sentences } from '../../demo/report.ts'
import { CallLog, percentile } from '../../demo/statistics.ts'

function way(given: Partial<WayResult> = {}): WayResult {
  const { calls = 1000, failed = 0, retries = 0 } = given
  return {
    calls,
    failed,
    succeeded: calls - failed,
    successRate: 1 - failed / calls,
    failures: {},
    p50: 20,
    p90: 40,
    p99: 60,
    max: 80,
    slow: 0,
    retries,
    attempts: calls + retries,
    ...given,
  }
}

function result(balanced: Partial<WayResult>, plain: Partial<WayResult>, rest: Partial<Result> = {}): Result {
  return {
    seconds: 20,
    callsPerSecond: 200,
    timeout: 10_000,
    servers: [],
    balanced: way(balanced),
    plain: way(plain),
    slowed: undefined,
    restarted: undefined,
    events: [],
    worstLag: 5,
    ...rest,
  }
}

const story = (...given: Parameters<typeof result>) => sentences(result(...given)).join(' ')

describe('what the demo says of its numbers', () => {
  it('tells what was lost and of what, the most frequent first, and what was not', () => {
    const failures = { 503: 20, ECONNREFUSED: 30, UND_ERR_SOCKET: 1, ECONNRESET: 2 }
    expect(story({}, { failed: 53, failures })).toContain(
      'Not one of 1,000 calls through evenkeel failed; plain round robin lost 53 of the same 1,000 (5.3 %): ' +
        '30 × connection refused, 20 × 503, 3 × connection broken.',
    )
  })

  it('does not claim failures that there were none of, nor hides those there were', () => {
    expect(story({}, {})).toContain('None of the 1,000 calls failed, in either way.')
    expect(story({ failed: 2, failures: { 503: 2 } }, {})).toContain(
      '2 of 1,000 calls through evenkeel failed (2 × 503), and none of plain round robin.',
    )
    expect(story({ failed: 1, failures: { 503: 1 } }, { failed: 7, failures: { 503: 7 } })).toContain(
      '1 of 1,000 calls through evenkeel failed (1 × 503), and 7 of plain round robin (7 × 503).',
    )
  })

  it('calls a p99 better, the same or worse as it is', () => {
    const slowed = { server: 'beta', balancedShare: 0.007, plainShare: 0.166 }
    expect(story({ p99: 80 }, { p99: 850 }, { slowed })).toContain(
      'no more than 80 ms, against 850 ms: once beta was slow, evenkeel sent it 0.7 % of its attempts, and plain ' +
        'round robin 16.6 %.',
    )
    expect(story({ p99: 80 }, { p99: 850 })).toContain('no more than 80 ms, against 850 ms. ')
    expect(story({ p99: 80 }, { p99: 90 }, { slowed })).toContain('much the same')
    expect(story({ p99: 200 }, { p99: 90 }, { slowed })).toContain('worse through evenkeel')
    expect(story({ p99: null }, { p99: 90 })).not.toContain('99 %')
  })

  it('gives a slow server no credit when it got no smaller share', () => {
    const slowed = { server: 'beta', balancedShare: 0.2, plainShare: 0.166 }
    expect(story({ p99: 80 }, { p99: 850 }, { slowed })).not.toContain('beta')
  })

  it('names the price, and whether the restarted server came back', () => {
    expect(story({}, {})).toContain('That took no retries.')
    expect(story({ retries: 1 }, {})).toContain('That took 1 retry, 0.1 % more requests than calls.')
    const back = (backAfter: number | null) => story({}, {}, { restarted: { server: 'epsilon', backAfter } })
    expect(back(1.84)).toContain(
      'Epsilon answered its first call through evenkeel 1.8 s after it was up again.',
    )
    expect(back(null)).toContain('Epsilon had answered no call through evenkeel again by the end.')
    expect(story({}, {})).not.toContain('Epsilon')
  })

  it('owns up to a machine that was too busy', () => {
    expect(story({}, {}, { worstLag: 240 })).toContain('calls were sent up to 240 ms late')
    expect(story({}, {}, { worstLag: 24 })).not.toContain('late')
  })

  it('fits 80 columns', () => {
    const plain = { calls: 120_000, failed: 9_999, failures: { ECONNREFUSED: 9_000, 503: 999 } }
    const lines = report(result({ calls: 120_000, retries: 12_345 }, plain), (_, text) => text).split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80)
  })
})

describe('the numbers of the demo', () => {
  it('are exact percentiles, by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1)
    expect([0.5, 0.9, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([50, 90, 99, 100])
    expect([0.5, 0.99].map((share) => percentile([7], share))).toEqual([7, 7])
    expect(percentile([], 0.5)).toBeNull()
  })

  it('take latencies from successes only, and count failures by kind', () => {
    const log = new CallLog()
    const add = (latency: number, failure?: string) =>
      log.add({ at: latency, latency, failure, server: undefined })
    for (const latency of [10, 30, 600]) add(latency)
    add(1, '503')
    add(2, '503')
    expect(log.summary()).toMatchObject({
      calls: 5,
      succeeded: 3,
      failed: 2,
      successRate: 0.6,
      failures: { 503: 2 },
      p50: 30,
      max: 600,
      slow: 1,
    })
  })

  it('never round a share to 0 or 100 % that is not', () => {
    expect(percent(1, 2)).toBe('100.00 %')
    expect(percent(0.999999, 2)).toBe('99.99 %')
    expect(percent(0, 1)).toBe('0.0 %')
    expect(percent(0.0001, 1)).toBe('< 0.1 %')
    expect(percent(0.5)).toBe('50 %')
  })
})
