import { describe, expect, it } from 'vitest'
import { Agenda } from '../../src/sim/agenda.js'
import { drive } from '../../src/sim/drive.js'
import { callAt } from '../../src/sim/happening.js'
import { SimulatedClock } from '../../src/sim/simulated-clock.js'

const never = () => false

describe('the agenda', () => {
  it('goes by time, and by entry where times are the same', async () => {
    const agenda = new Agenda()
    const seen: string[] = []
    for (const [name, at] of [
      ['c', 5],
      ['a', 1],
      ['d', 5],
      ['b', 1],
    ] as const)
      callAt(agenda, at, () => seen.push(`${name}${agenda.now}`))
    await drive(agenda, never)
    expect(seen).toEqual(['a1', 'b1', 'c5', 'd5'])
  })

  it('waits for everything that hangs on a promise, however long the chain', async () => {
    const agenda = new Agenda()
    const seen: number[] = []
    callAt(agenda, 1, () => {
      agenda.stirred = true
      void (async () => {
        for (let i = 0; i < 100; i++) await undefined
        seen.push(agenda.now)
        callAt(agenda, 2, () => seen.push(agenda.now))
      })()
    })
    callAt(agenda, 3, () => seen.push(agenda.now))
    await drive(agenda, never)
    expect(seen).toEqual([1, 2, 3])
  })

  it('ends when it is over, and when something throws', async () => {
    const agenda = new Agenda()
    const seen: number[] = []
    for (const at of [1, 2, 3])
      callAt(agenda, at, () => {
        agenda.stirred = true
        seen.push(at)
      })
    await drive(agenda, () => seen.length === 2)
    expect(seen).toEqual([1, 2])
    callAt(agenda, 4, () => {
      throw new Error('a bug')
    })
    await expect(drive(agenda, never)).rejects.toThrow('a bug')
  })
})

describe('the clock', () => {
  it('fires timers near and far in their order, and none that was cleared', async () => {
    const agenda = new Agenda()
    const clock = new SimulatedClock(agenda)
    const start = clock.now()
    const seen: number[] = []
    for (const delay of [10_000, 300, 5, 300.5, 0, 9_999, 256, 255])
      clock.setTimer(() => seen.push(clock.now() - start), delay)
    const [near, far] = [20, 20_000].map((delay) => clock.setTimer(() => seen.push(-1), delay))
    clock.clearTimer(near)
    clock.clearTimer(far)
    await drive(agenda, never)
    expect(seen).toEqual([0, 5, 255, 256, 300, 300.5, 9_999, 10_000])
  })

  it('can clear a timer that has come near, and one that has fired', async () => {
    const agenda = new Agenda()
    const clock = new SimulatedClock(agenda)
    const seen: string[] = []
    const late = clock.setTimer(() => seen.push('late'), 1_000)
    clock.setTimer(() => clock.clearTimer(late), 999)
    const early = clock.setTimer(() => seen.push('early'), 1)
    await drive(agenda, never)
    clock.clearTimer(early)
    expect(seen).toEqual(['early'])
  })

  it('keeps cleared timeouts out of the agenda: a million of them leave nothing', () => {
    const agenda = new Agenda()
    const clock = new SimulatedClock(agenda)
    for (let i = 0; i < 1_000_000; i++) clock.clearTimer(clock.setTimer(() => {}, 10_000))
    expect(agenda.size).toBeLessThan(5)
  })
})
