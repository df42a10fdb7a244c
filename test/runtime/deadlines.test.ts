import { virtualClock } from 'evenkeel/testing'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { Clock } from '../../src/runtime/clock.js'
import { Deadlines, Expiring } from '../../src/runtime/deadlines.js'

class Entry extends Expiring {
  readonly expired: number[] = []
  readonly #now: () => number

  constructor(now: () => number) {
    super()
    this.#now = now
  }

  expire(): void {
    this.expired.push(this.#now())
  }
}

describe('Deadlines', () => {
  it('calls each back at its time, once, and nobody who has left', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            pause: fc.nat(30),
            delay: fc.constantFrom(0, 5, 100, 100, 100, 250),
            stays: fc.nat(300),
          }),
          { maxLength: 40 },
        ),
        async (calls) => {
          const clock = virtualClock(0)
          const deadlines = new Deadlines(clock)
          const expected: { entry: Entry; at: number; leftAt: number }[] = []
          for (const { pause, delay, stays } of calls) {
            await clock.advance(pause)
            const now = clock.now()
            const entry = new Entry(() => clock.now())
            deadlines.join(entry, now, delay)
            clock.setTimer(() => deadlines.leave(entry), stays)
            expected.push({ entry, at: now + delay, leftAt: now + stays })
          }
          await clock.advance(1_000)
          for (const { entry, at, leftAt } of expected) {
            if (at < leftAt) expect(entry.expired).toEqual([at])
            else if (at > leftAt) expect(entry.expired).toEqual([])
          }
          expect(clock.pending).toBe(0)
        },
      ),
      { numRuns: 100 },
    )
  })

  it('sets one timer for many, and none while nobody waits', () => {
    const clock = virtualClock(0)
    const set = vi.spyOn(clock, 'setTimer')
    const deadlines = new Deadlines(clock)
    const entries = Array.from({ length: 1_000 }, () => new Entry(() => clock.now()))
    for (const entry of entries) deadlines.join(entry, 0, 10_000)
    expect(set).toHaveBeenCalledTimes(1)
    for (const entry of entries) {
      deadlines.leave(entry)
      deadlines.leave(entry)
    }
    expect(clock.pending).toBe(0)
  })

  it('can join again as it expires', async () => {
    const clock = virtualClock(0)
    const deadlines = new Deadlines(clock)
    const times: number[] = []
    const entry = new (class extends Expiring {
      expire(): void {
        times.push(clock.now())
        if (times.length < 3) deadlines.join(this, clock.now(), 10)
      }
    })()
    deadlines.join(entry, 0, 10)
    await clock.advance(100)
    expect(times).toEqual([10, 20, 30])
  })

  it('does not call back one that leaves as another expires', async () => {
    const clock = virtualClock(0)
    const deadlines = new Deadlines(clock)
    const second = new Entry(() => clock.now())
    const first = new (class extends Expiring {
      expire(): void {
        deadlines.leave(second)
      }
    })()
    deadlines.join(first, 0, 10)
    deadlines.join(second, 0, 10)
    await clock.advance(20)
    expect(second.expired).toEqual([])
  })

  it('keeps a timer of Node’s that holds up nobody, and sets it again only when it has fired', () => {
    vi.useFakeTimers()
    try {
      const timers: NodeJS.Timeout[] = []
      const clock: Clock = {
        now: () => performance.now(),
        setTimer: (callback, delay) => {
          timers.push(setTimeout(callback, delay))
          return timers.at(-1)
        },
        clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
      }
      const deadlines = new Deadlines(clock)
      const entry = new Entry(clock.now)
      for (let i = 0; i < 100; i++) {
        deadlines.join(entry, clock.now(), 1_000)
        expect(timers[0]?.hasRef()).toBe(true)
        deadlines.leave(entry)
        expect(timers[0]?.hasRef()).toBe(false)
        vi.advanceTimersByTime(5)
      }
      expect(timers).toHaveLength(1)
      deadlines.join(entry, clock.now(), 1_000)
      vi.advanceTimersByTime(999)
      expect(entry.expired).toEqual([])
      vi.advanceTimersByTime(2)
      expect(entry.expired).toHaveLength(1)
      deadlines.join(entry, clock.now(), 1_000)
      deadlines.leave(entry)
      deadlines.close()
      expect(vi.getTimerCount()).toBe(0)
      // A shorter timeout than the one that the timer is still set for.
      deadlines.join(entry, clock.now(), 1_000)
      deadlines.leave(entry)
      deadlines.join(entry, clock.now(), 100)
      vi.advanceTimersByTime(101)
      expect(entry.expired).toHaveLength(2)
    } finally {
      vi.useRealTimers()
    }
  })
})
