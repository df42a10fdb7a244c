import { afterEach, describe, expect, it, vi } from 'vitest'
import { RecentVolume } from '../../src/core/recent-volume.js'
import { Circuit } from '../../src/resilience/circuit.js'
import {
  type CircuitBreakerOptions,
  checkCircuitBreaker,
} from '../../src/resilience/circuit-breaker-options.js'

const WINDOW = 10_000

function setUp(options: CircuitBreakerOptions = {}) {
  const circuit = new Circuit('test', checkCircuitBreaker(options))
  const volume = new RecentVolume()
  return {
    circuit,
    ok(now: number, times = 1) {
      for (let i = 0; i < times; i++) {
        volume.add(now, WINDOW)
        circuit.success(now)
      }
    },
    fail(now: number, times = 1) {
      for (let i = 0; i < times; i++) {
        volume.add(now, WINDOW)
        circuit.failure('broken', now, volume)
      }
    },
  }
}

describe('a circuit', () => {
  afterEach(() => vi.useRealTimers())

  it('opens on a share of errors, and not before there is enough to go by', () => {
    const { circuit, fail } = setUp()
    fail(0, 9)
    expect(circuit.open).toBe(false)
    fail(0)
    expect(circuit.open).toBe(true)
    expect(circuit.openUntil).toBe(5_000)
  })

  it('weighs failures against the calls that went well before there was a breaker', () => {
    const { circuit, ok, fail } = setUp({ consecutiveFailures: 0 })
    ok(0, 20)
    expect(circuit.idle).toBe(true)
    fail(1, 20)
    expect(circuit.open).toBe(false)
    fail(1)
    expect(circuit.open).toBe(true)
  })

  it('opens on failures in a row, however well it went before', () => {
    const { circuit, ok, fail } = setUp()
    ok(0, 1_000)
    fail(1, 9)
    ok(2)
    fail(3, 9)
    expect(circuit.open).toBe(false)
    fail(3)
    expect(circuit.open).toBe(true)
    expect(circuit.openUntil).toBe(5_003)
    circuit.trial(undefined, 5_003)
    fail(5_004, 9)
    expect(circuit.open).toBe(false)
  })

  it('weighs them against those that went well since', () => {
    const { circuit, ok, fail } = setUp()
    for (let i = 0; i < 50; i++) {
      ok(i)
      fail(i)
    }
    expect(circuit.open).toBe(false)
    fail(50, 3)
    expect(circuit.open).toBe(true)
  })

  it('forgets what is older than its window, for all of the time that has passed', () => {
    const { circuit, fail } = setUp()
    fail(0, 9)
    fail(60_000)
    expect(circuit.open).toBe(false)
    fail(60_001, 9)
    expect(circuit.open).toBe(true)
  })

  it('is let go of when a window has passed without a failure', () => {
    const { circuit, ok, fail } = setUp()
    fail(0)
    ok(5_000)
    expect(circuit.idle).toBe(false)
    ok(10_001)
    expect(circuit.idle).toBe(true)
  })

  it('closes when its trial succeeds, with an empty window', () => {
    const { circuit, fail } = setUp()
    fail(0, 10)
    circuit.trial(undefined, 5_000)
    expect(circuit.open).toBe(false)
    expect(circuit.idle).toBe(true)
  })

  it('opens again for as long when its trial fails', () => {
    const { circuit, fail } = setUp()
    fail(0, 10)
    circuit.trial('broken', 7_000)
    expect(circuit.open).toBe(true)
    expect(circuit.openUntil).toBe(12_000)
  })

  it('takes no notice of what ends while it is open', () => {
    const { circuit, ok, fail } = setUp()
    fail(0, 10)
    fail(4_000, 50)
    ok(4_000, 50)
    expect(circuit.open).toBe(true)
    expect(circuit.openUntil).toBe(5_000)
  })

  it('leaves no timer, in any state', () => {
    vi.useFakeTimers()
    const { circuit, ok, fail } = setUp()
    fail(0, 3)
    ok(1, 3)
    expect(vi.getTimerCount()).toBe(0)
    fail(2, 10)
    expect(circuit.open).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
    circuit.trial('broken', 6_000)
    expect(vi.getTimerCount()).toBe(0)
    circuit.trial(undefined, 12_000)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('goes by its options', () => {
    const { circuit, fail } = setUp({ volumeThreshold: 2, resetTimeout: 100 })
    fail(0, 2)
    expect(circuit.openUntil).toBe(100)
    const strict = setUp({ errorThresholdPercentage: 10 })
    strict.ok(0, 18)
    strict.fail(0, 3)
    expect(strict.circuit.open).toBe(true)
  })

  it.each([
    [{ errorThresholdPercentage: 101 }, /circuitBreaker\.errorThresholdPercentage.*at most 100/],
    [{ volumeThreshold: 0 }, /circuitBreaker\.volumeThreshold/],
    [{ resetTimeout: 0 }, /circuitBreaker\.resetTimeout/],
    [{ rollingCountTimeout: 3e9 }, /circuitBreaker\.rollingCountTimeout/],
    [{ rollingCountBuckets: 0 }, /circuitBreaker\.rollingCountBuckets/],
    [{ scope: 'host' }, /circuitBreaker\.scope.*'endpoint' or 'service'/],
    [{ timeout: 3_000 }, /circuitBreaker\.timeout.*no such option/],
  ])('refuses %j', (options, message) => {
    expect(() => checkCircuitBreaker(options as CircuitBreakerOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
    )
  })
})
