import { seededRandom } from 'evenkeel/testing'
import { describe, expect, it } from 'vitest'
import { checkThrottle, Throttle } from '../../src/overload/throttle.js'

const [CRITICAL, DEFAULT, SHEDDABLE] = [0, 1, 2] as const

function throttle(options = {}): Throttle {
  return new Throttle(checkThrottle(options)!)
}

/** `rate` calls a second for `seconds`, of which the service accepts so many a second at the most. */
function drive(
  target: Throttle,
  from: number,
  seconds: number,
  rate: number,
  capacity: number,
  rankOf: (call: number) => number = () => DEFAULT,
) {
  const random = seededRandom(3)
  const refused = [0, 0, 0]
  const calls = [0, 0, 0]
  let accepted = 0
  let sent = 0
  let room = 0
  for (let call = 0; call < seconds * rate; call++) {
    const now = from + (call * 1_000) / rate
    // A second's worth may come at a time.
    room = Math.min(capacity, room + capacity / rate)
    const rank = rankOf(call)
    calls[rank]!++
    const chance = target.chanceFor(rank, now)
    if (random() < chance) {
      refused[rank]!++
      target.refused(now)
      continue
    }
    sent++
    if (room >= 1) {
      room--
      accepted++
      target.observe('success', now)
    } else target.observe('overloaded', now)
  }
  return { refused: refused.map((n, rank) => n / (calls[rank] || 1)), accepted, sent }
}

describe('client-side throttling', () => {
  it('is the rule of the SRE book', () => {
    const subject = throttle({ minPerSecond: 0 })
    for (let i = 0; i < 100; i++) subject.observe(i < 30 ? 'success' : 'gateway-error', 1_000)
    expect(subject.share(1_000)).toBeCloseTo((100 - 2 * 30) / 101, 10)
    expect(subject.chanceFor(DEFAULT, 1_000)).toBeCloseTo(40 / 101, 10)
    // What was refused counts as an attempt.
    for (let i = 0; i < 50; i++) subject.refused(1_000)
    expect(subject.share(1_000)).toBeCloseTo((150 - 60) / 151, 10)
  })

  it('refuses nobody while the service accepts half', () => {
    const subject = throttle()
    expect(drive(subject, 0, 60, 100, 55).refused[DEFAULT]).toBe(0)
  })

  it('counts what reached nobody, and not what was given up', () => {
    const subject = throttle({ minPerSecond: 0 })
    for (const kind of ['timeout', 'unreachable', 'broken', 'overloaded', 'gateway-error'] as const)
      subject.observe(kind, 0)
    for (const kind of ['cancelled', 'stalled', 'ignored'] as const) subject.observe(kind, 0)
    for (const kind of ['success', 'server-error'] as const) subject.observe(kind, 0)
    expect([subject.requests, subject.accepts]).toEqual([7, 2])
  })

  it('sends a service that can do a tenth twice as much as that, and gets all of it', () => {
    const subject = throttle()
    drive(subject, 0, 60, 100, 10)
    const { sent, accepted } = drive(subject, 60_000, 60, 100, 10)
    expect(sent / 60).toBeGreaterThan(15)
    expect(sent / 60).toBeLessThan(25)
    expect(accepted / 60).toBeGreaterThan(9)
  })

  it('lets a tenth through in an outage, and is over it within two windows', () => {
    const subject = throttle()
    const { sent } = drive(subject, 0, 120, 100, 0)
    expect(sent / 120).toBeGreaterThan(9)
    expect(sent / 120).toBeLessThan(25)
    drive(subject, 120_000, 60, 100, 100)
    expect(subject.share(180_000)).toBe(0)
  })

  it('refuses nobody below five calls a second', () => {
    expect(drive(throttle(), 0, 120, 4, 0).refused[DEFAULT]).toBe(0)
    expect(drive(throttle(), 0, 120, 6, 0).refused[DEFAULT]).toBeGreaterThan(0.5)
  })

  it('refuses the least important first, and all of them before any other', () => {
    // A fifth critical, two fifths each of the others.
    const rankOf = (call: number) => [CRITICAL, DEFAULT, DEFAULT, SHEDDABLE, SHEDDABLE][call % 5]!
    const mild = throttle()
    drive(mild, 0, 60, 100, 40, rankOf)
    const some = drive(mild, 60_000, 60, 100, 40, rankOf).refused
    expect(some[SHEDDABLE]).toBeGreaterThan(0.3)
    expect([some[CRITICAL], some[DEFAULT]]).toEqual([0, 0])
    const heavy = throttle()
    drive(heavy, 0, 60, 100, 20, rankOf)
    const most = drive(heavy, 60_000, 60, 100, 20, rankOf).refused
    expect(most[CRITICAL]).toBe(0)
    expect(most[DEFAULT]).toBeGreaterThan(0.2)
    expect(most[DEFAULT]).toBeLessThan(0.8)
    expect(most[SHEDDABLE]).toBe(1)
    const outage = throttle()
    drive(outage, 0, 60, 100, 0, rankOf)
    const all = drive(outage, 60_000, 60, 100, 0, rankOf).refused
    expect([all[DEFAULT], all[SHEDDABLE]]).toEqual([1, 1])
    expect(all[CRITICAL]).toBeGreaterThan(0.3)
    expect(all[CRITICAL]).toBeLessThan(0.7)
  })
})
