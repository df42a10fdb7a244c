import { type Scenario, simulate } from 'evenkeel/sim'
import { describe, expect, it } from 'vitest'

const even = { rate: 100, process: 'even' } as const
const base: Scenario = {
  servers: [
    { name: 'first', count: 3, service: 10 },
    { name: 'second', count: 1, service: 10 },
  ],
  arrivals: even,
  requests: 2_000,
  warmUp: 0,
  balancer: { policy: 'roundRobin' },
}
/** The values of a series from one share of the run to another. */
const part = (values: readonly (number | null)[] | undefined, from: number, to: number) =>
  (values ?? []).slice(from, to)

describe('servers', () => {
  it('are slow for a time', async () => {
    const { series } = await simulate({
      ...base,
      servers: { service: 10, slots: 10 },
      changes: [{ kind: 'slow', servers: 1, factor: 5, from: '25%', until: '75%' }],
    })
    expect(new Set(part(series.p50, 0, 24))).toEqual(new Set([10]))
    expect(new Set(part(series.p50, 26, 74))).toEqual(new Set([50]))
    expect(new Set(part(series.p50, 76, 100))).toEqual(new Set([10]))
  })

  it('join, cold, and get their share', async () => {
    const result = await simulate({
      ...base,
      changes: [{ kind: 'join', servers: 'second', from: '50%', cold: { factor: 3, duration: 5_000 } }],
    })
    expect(Math.max(...(part(result.series.shares[1], 0, 50) as number[]))).toBe(0)
    expect(result.groups[1]?.endShare).toBeCloseTo(0.25, 2)
    expect(result.measured.latency.max).toBe(30)
    // The load is that of those who were there at the start: 3 x 4 slots of 10 ms.
    expect(result.load).toBeCloseTo(100 / 1_200, 3)
  })

  it('leave, and finish what they have', async () => {
    const result = await simulate({
      ...base,
      servers: [base.servers as never, { name: 'third', count: 1, service: 500, slots: 100 }].flat(),
      changes: [{ kind: 'leave', servers: 'third', from: '50%' }],
    })
    expect(Math.max(...(part(result.series.shares[2], 51, 100) as number[]))).toBe(0)
    expect(result.calls.answered).toBe(2_000)
  })

  it('are restarted one after the other, and nothing that they have is lost', async () => {
    const result = await simulate({
      ...base,
      changes: [
        {
          kind: 'restart',
          servers: '100%',
          from: 2_000,
          every: 3_000,
          downtime: 1_000,
          cold: { factor: 4, duration: 1_000 },
        },
      ],
    })
    expect(result.calls.failed).toBe(0)
    expect(result.retries).toBeGreaterThan(0)
  })

  it('suffer from neighbours in turn', async () => {
    const result = await simulate({
      ...base,
      servers: { count: 4, service: 10, slots: 10 },
      changes: [{ kind: 'antagonist', count: 2, factor: 4, every: 500 }],
    })
    // Half of them at any time.
    expect(Math.abs((result.measured.latency.mean ?? 0) - (10 + 40) / 2)).toBeLessThan(1)
  })
})

describe('traffic', () => {
  it('follows its pattern, in steps and in slopes, and the run is as long as that makes it', async () => {
    const pattern = [
      { at: '0%', factor: 1 },
      { at: '50%', factor: 3 },
    ] as const
    const steps = await simulate({ ...base, arrivals: { ...even, pattern } })
    expect(steps.duration).toBeCloseTo(10_000, -2)
    expect(steps.series.rate[20]).toBeCloseTo(100, -1)
    expect(steps.series.rate[80]).toBeCloseTo(300, -1)
    const ramp = [pattern[0], { at: '100%', factor: 3 }] as const
    const slope = await simulate({
      ...base,
      requests: 20_000,
      arrivals: { rate: 1_000, pattern: ramp, ramp: true },
    })
    expect(slope.series.rate[50]! / 2_000).toBeGreaterThan(0.8)
    expect(slope.series.rate[50]! / 2_000).toBeLessThan(1.2)
  })

  it('is shared by clients as they weigh', async () => {
    const seen = await simulate({
      ...base,
      clients: [
        { weight: 9, zone: 'a' },
        { weight: 1, zone: 'b' },
      ],
      servers: { service: 10, slots: 10, zone: 'a' },
      network: { latency: 1, crossZone: 100 },
    })
    const { latency } = seen.measured
    expect(latency.p50).toBe(12)
    // One in ten goes to the other zone and back.
    expect(latency.mean).toBeGreaterThan(12 + 0.08 * 200)
    expect(latency.mean).toBeLessThan(12 + 0.12 * 200)
    expect(latency.max).toBe(212)
  })

  it('hands out keys to policies that hash', async () => {
    const keys: (string | undefined)[] = []
    await simulate({
      ...base,
      keys: { count: 50, skew: 1 },
      balancer: {
        policy: {
          name: 'by-key',
          pick(view, { key }) {
            keys.push(key)
            return view.at(0)
          },
        },
      },
    })
    const count = (key: string) => keys.filter((each) => each === key).length
    expect(new Set(keys).size).toBe(50)
    expect(count('key-0') / count('key-1')).toBeGreaterThan(1.6)
    expect(count('key-0') / count('key-1')).toBeLessThan(2.4)
  })
})
