import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { HeartbeatWatch } from '../../src/runtime/loop-watch.js'

let skipped = 0
/** Fake timers run on a clock that stands still while code computes; `skipped` is what is computed away. */
const now = () => performance.now() + skipped

beforeEach(() => {
  skipped = 0
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('HeartbeatWatch', () => {
  it('counts for how long the loop was held up, whoever notices first', () => {
    const watch = new HeartbeatWatch(now)
    watch.enter(now())
    vi.advanceTimersByTime(95)
    expect(watch.lost(now())).toBe(0)
    skipped += 500
    // Asked in the middle of it, before the beat: it was due 5 ms after the last one that came in time.
    expect(watch.lost(now())).toBeCloseTo(495, 0)
    vi.advanceTimersByTime(10)
    expect(watch.lost(now())).toBeGreaterThanOrEqual(495)
    expect(watch.lost(now())).toBeLessThan(510)
    watch.leave()
  })

  it('does not take what is as usual for being held up', () => {
    const watch = new HeartbeatWatch(now)
    watch.enter(now())
    for (let i = 0; i < 50; i++) {
      vi.advanceTimersByTime(10)
      skipped += 3
    }
    expect(watch.lost(now())).toBe(0)
    watch.leave()
  })

  it('beats only while somebody waits', () => {
    const watch = new HeartbeatWatch(now)
    expect(vi.getTimerCount()).toBe(0)
    watch.enter(now())
    watch.enter(now())
    expect(vi.getTimerCount()).toBe(1)
    watch.leave()
    vi.advanceTimersByTime(100)
    expect(vi.getTimerCount()).toBe(1)
    watch.leave()
    vi.advanceTimersByTime(10)
    expect(vi.getTimerCount()).toBe(0)
    // Nobody waited: that was sleep, and nobody was held up.
    skipped += 5_000
    watch.enter(now())
    expect(watch.lost(now())).toBe(0)
    vi.advanceTimersByTime(20)
    watch.leave()
  })

  it('says nothing where timers cannot be told not to keep the process alive', () => {
    const set = vi.fn(() => 7)
    vi.stubGlobal('setTimeout', set)
    vi.stubGlobal('clearTimeout', vi.fn())
    const watch = new HeartbeatWatch(now)
    watch.enter(now())
    skipped += 5_000
    expect(watch.lost(now())).toBe(0)
    watch.leave()
    watch.enter(now())
    expect(watch.lost(now())).toBe(0)
    expect(set).toHaveBeenCalledTimes(1)
  })
})
