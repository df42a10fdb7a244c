import { LOAD_HEADER, requestTracker } from 'evenkeel'
import { virtualClock } from 'evenkeel/testing'
import { describe, expect, it } from 'vitest'

describe('requestTracker', () => {
  it('counts requests under way but for the one that is being answered', () => {
    const load = requestTracker({ clock: virtualClock() })
    expect(load.report()).toEqual({ inFlight: 0 })
    const ends = [load.begin(), load.begin(), load.begin()]
    expect(load.report().inFlight).toBe(2)
    ends[0]?.()
    ends[0]?.()
    expect(load.report().inFlight).toBe(1)
  })

  it('measures latency and rate', async () => {
    const clock = virtualClock()
    const load = requestTracker({ clock })
    for (let i = 0; i < 200; i++) {
      const end = load.begin()
      await clock.advance(20)
      end()
    }
    const { latency, rps } = load.report()
    // Read right after an answer, of which only a few count: a little less than between two.
    expect(latency).toBeGreaterThan(17)
    expect(latency).toBeLessThan(22)
    // One after the other, 20 ms each.
    expect(rps).toBeGreaterThan(40)
    expect(rps).toBeLessThan(60)
  })

  it('sees at once when requests get stuck, and again when they do not', async () => {
    const clock = virtualClock()
    const load = requestTracker({ clock })
    const serve = async (ms: number) => {
      const end = load.begin()
      await clock.advance(ms)
      end()
    }
    for (let i = 0; i < 50; i++) await serve(10)
    const stuck = [load.begin(), load.begin(), load.begin(), load.begin()]
    await clock.advance(300)
    expect(load.report().latency).toBeGreaterThan(40)
    for (const end of stuck) end()
    for (let i = 0; i < 300; i++) await serve(10)
    expect(load.report().latency).toBeLessThan(15)
  })

  it('writes the header, with what the server adds', () => {
    const load = requestTracker({ clock: virtualClock() })
    load.begin()
    expect(LOAD_HEADER).toBe('evenkeel-load')
    expect(load.header()).toBe('in-flight=0')
    expect(load.header({ cpuUtilization: 0.25 })).toBe('in-flight=0, cpu=0.25')
  })

  it('refuses a clock that is none', () => {
    expect(() => requestTracker({ clock: 5 as never })).toThrow(/requestTracker\.clock/)
    expect(() => requestTracker({ clok: 5 } as never)).toThrow(/no such option/)
  })

  it('runs on the time of the platform', () => {
    const end = requestTracker().begin()
    expect(end).not.toThrow()
  })
})
