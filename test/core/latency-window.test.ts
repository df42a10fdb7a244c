import { describe, expect, it } from 'vitest'
import { LatencyWindow } from '../../src/core/latency-window.js'

describe('LatencyWindow', () => {
  it('knows nothing before there are enough to tell a quantile', () => {
    const window = new LatencyWindow()
    for (let i = 0; i < 19; i++) window.record(10, i)
    expect(window.quantile(0.95, 20)).toBeNaN()
    window.record(10, 20)
    expect(window.quantile(0.95, 20)).toBeGreaterThanOrEqual(10)
    expect(window.quantile(0.99, 20)).toBeNaN()
  })

  it.each([0.5, 0.9, 0.95, 0.99])('finds quantile %d within a bucket of 9 %%', (q) => {
    const window = new LatencyWindow()
    for (let i = 1; i <= 1000; i++) window.record(i, 0)
    expect(window.quantile(q, 0)).toBeGreaterThanOrEqual(q * 1000)
    expect(window.quantile(q, 0)).toBeLessThanOrEqual(q * 1000 * 1.0906)
  })

  it('forgets what is older than ten seconds while calls come', () => {
    const window = new LatencyWindow()
    for (let i = 0; i < 100; i++) window.record(1_000, 0)
    for (let at = 0; at <= 10_000; at += 100) window.record(10, at)
    expect(window.quantile(0.95, 10_000)).toBeLessThan(11)
  })

  it('keeps the last twenty where calls are rare', () => {
    const window = new LatencyWindow()
    for (let i = 0; i < 25; i++) window.record(10, i * 60_000)
    expect(window.quantile(0.95, 25 * 60_000)).toBeLessThan(11)
  })

  it('notices within 200 ms that latencies have changed, also for the quantile that was asked for last', () => {
    const window = new LatencyWindow()
    for (let i = 0; i < 1000; i++) window.record(10, 0)
    expect(window.quantile(0.5, 0)).toBeLessThan(11)
    for (let i = 0; i < 100; i++) window.record(100, 1)
    expect(window.quantile(0.99, 200)).toBeGreaterThanOrEqual(100)
    expect(window.quantile(0.95, 200)).toBeGreaterThanOrEqual(100)
  })

  it('takes anything that a clock may say', () => {
    const window = new LatencyWindow()
    for (const latency of [0, -1, Number.NaN, 1e300]) for (let i = 0; i < 10; i++) window.record(latency, 0)
    expect(window.quantile(0.5, 0)).toBeCloseTo(0.1)
    expect(window.quantile(0.97, 0)).toBeGreaterThan(1_000_000)
  })
})
