import { adaptiveLimit } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { GradientLimit } from '../../src/overload/gradient.js'
import { adapt } from './served.js'

const warm = 60_000
const long = 120_000

describe('an adaptive limit', () => {
  it.each([
    [5, 50],
    [20, 50],
    [60, 20],
    [20, 500],
  ])('comes to what a server of %i slots can do, without a long queue there', (slots, service) => {
    const server = { slots, service }
    const [, then] = adapt(adaptiveLimit(), 3, [
      { ...server, ms: warm },
      { ...server, ms: long },
    ])
    expect(then!.limit).toBeGreaterThan(slots)
    expect(then!.limit).toBeLessThan(2.6 * slots)
    expect(then!.used).toBeGreaterThan(0.95)
    expect(then!.latency).toBeLessThan(2.6 * service)
  })

  it('comes down from a start that was far too high, although all it had seen was the queue', () => {
    const server = { slots: 20, service: 50 }
    const [, , then] = adapt(adaptiveLimit({ initial: 500 }), 3, [
      { ...server, ms: warm },
      { ...server, ms: 3 * long },
      { ...server, ms: long },
    ])
    expect(then!.limit).toBeLessThan(60)
    expect(then!.used).toBeGreaterThan(0.95)
  })

  it('is not in the way of a load that the server can bear', () => {
    const server = { slots: 20, service: 50 }
    const [, then] = adapt(adaptiveLimit(), 0.6, [
      { ...server, ms: warm },
      { ...server, ms: long },
    ])
    expect(then!.used).toBeGreaterThan(0.58)
    expect(then!.latency).toBeLessThan(55)
  })

  it('goes down with a server that has lost slots, and up again with it', () => {
    const [before, , less, , after] = adapt(adaptiveLimit(), 3, [
      { slots: 20, service: 50, ms: warm },
      { slots: 4, service: 50, ms: warm },
      { slots: 4, service: 50, ms: long },
      { slots: 20, service: 50, ms: warm },
      { slots: 20, service: 50, ms: long },
    ])
    expect(less!.limit).toBeLessThan(before!.limit / 2)
    expect(less!.latency).toBeLessThan(200)
    expect(less!.used).toBeGreaterThan(0.95)
    expect(after!.used).toBeGreaterThan(0.9)
  })

  it('takes a server that has become slower for what it is, and not for a full one for ever', () => {
    const [, , then] = adapt(adaptiveLimit(), 3, [
      { slots: 20, service: 50, ms: warm },
      { slots: 20, service: 200, ms: long },
      { slots: 20, service: 200, ms: long },
    ])
    expect(then!.used).toBeGreaterThan(0.9)
    expect(then!.limit).toBeLessThan(60)
  })

  it('stays within its bounds', () => {
    const [, high] = adapt(adaptiveLimit({ min: 2, max: 10, initial: 4 }), 3, [
      { slots: 100, service: 20, ms: warm },
      { slots: 100, service: 20, ms: warm },
    ])
    expect(high!.limit).toBeLessThanOrEqual(10)
    expect(high!.limit).toBeGreaterThan(9)
    const low = new GradientLimit(adaptiveLimit({ min: 2, max: 10, initial: 4 }), Math.random)
    for (let now = 0; now < 20_000; now += 10) low.dropped(4, now)
    expect(low.limit).toBe(2)
  })

  it('halves when all calls are dropped, and goes down by their share when some are', () => {
    const all = new GradientLimit(adaptiveLimit({ initial: 100, max: 100 }), () => 0.5)
    for (let i = 0; i < 200; i++) all.dropped(100, i)
    expect(all.limit).toBe(50)
    const some = new GradientLimit(adaptiveLimit({ initial: 100, max: 100 }), () => 0.5)
    for (let i = 0; i < 200; i++) {
      if (i % 10 === 0) some.dropped(20, i)
      else some.answered(50, 20, i)
    }
    expect(some.limit).toBe(90)
  })

  it('is not led astray by a clock that says that calls take no time', () => {
    const limit = new GradientLimit(adaptiveLimit({ initial: 20 }), () => 0.5)
    for (let i = 0; i < 5_000; i++) limit.answered(i % 50 === 0 ? 1 : 0, Math.min(15, limit.limit), i)
    expect(limit.limit).toBeGreaterThanOrEqual(20)
  })

  it('does not keep calls away for long to measure, when others do not end', () => {
    const limit = new GradientLimit(adaptiveLimit({ initial: 20 }), () => 0.5)
    for (let i = 0; i < 200; i++) limit.answered(10, 15, i)
    expect(limit.limit).toBeLessThan(10)
    limit.answered(10, 15, 2_000)
    expect(limit.limit).toBeGreaterThanOrEqual(20)
  })

  it('does not grow while less than half of it is used', () => {
    const limit = new GradientLimit(adaptiveLimit({ initial: 20 }), () => 0.5)
    for (let i = 0; i < 10_000; i++) limit.answered(50, 6, i)
    expect(limit.limit).toBe(20)
    for (let i = 10_000; i < 10_200; i++) limit.answered(50, 11, i)
    expect(limit.limit).toBeGreaterThan(20)
  })
})
