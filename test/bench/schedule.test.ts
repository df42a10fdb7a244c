import { describe, expect, it } from 'vitest'
import { load } from './load.js'

interface Schedule {
  readonly times: readonly number[]
  readonly demands: readonly number[]
}
interface Loop {
  readonly latency: Float64Array
  readonly late: Float64Array
  readonly succeeded: Uint8Array
  readonly unfinished: number
}

const { poisson } = await load<{
  poisson(of: { seed: number; perSecond: number; from: number; to: number; meanDemand: number }): Schedule
}>('lib/schedule.mjs')
const { openLoop } = await load<{
  openLoop(of: {
    times: readonly number[]
    startAt: number
    send(i: number): Promise<boolean>
    grace: number
  }): Promise<Loop>
}>('lib/open-loop.mjs')
const { sharedNow } = await load<{ sharedNow(): number }>('lib/clock.mjs')

const about = { seed: 3, perSecond: 1_000, from: -500, to: 9_500, meanDemand: 20 }
const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, one) => sum + one, 0) / numbers.length

describe('a schedule', () => {
  it('is the same for everybody with the same seed, and another with another', () => {
    expect(poisson(about)).toEqual(poisson(about))
    expect(poisson({ ...about, seed: 4 }).times).not.toEqual(poisson(about).times)
  })

  it('has as many arrivals as it was asked for, in order and within its time', () => {
    const { times } = poisson(about)
    // 10,000 give or take four standard deviations of 100.
    expect(Math.abs(times.length - 10_000)).toBeLessThan(400)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(times[0]).toBeGreaterThan(-500)
    expect(times.at(-1)).toBeLessThan(9_500)
  })

  it('brings work that is exponentially distributed around its mean', () => {
    const { demands } = poisson(about)
    expect(Math.abs(mean(demands) - 20)).toBeLessThan(1)
    // One in e is above the mean.
    expect(demands.filter((demand) => demand > 20).length / demands.length).toBeCloseTo(1 / Math.E, 1)
  })
})

describe('an open loop', () => {
  it('makes all calls without waiting for an answer to any', async () => {
    const answers: (() => void)[] = []
    const send = (): Promise<boolean> =>
      new Promise((resolve) => {
        answers.push(() => resolve(true))
        if (answers.length === 20) for (const answer of answers) answer()
      })
    const times = Array.from({ length: 20 }, (_, i) => i / 10)
    const { succeeded, unfinished } = await openLoop({ times, startAt: sharedNow(), send, grace: 60_000 })
    expect([...succeeded]).toEqual(new Array(20).fill(1))
    expect(unfinished).toBe(0)
  })

  it('counts latency from when a call was due, however late it was made', async () => {
    const late = sharedNow() - 5_000
    const send = (): Promise<boolean> => Promise.resolve(true)
    const loop = await openLoop({ times: [0, 1, 2], startAt: late, send, grace: 60_000 })
    expect(Math.min(...loop.latency)).toBeGreaterThanOrEqual(4_998)
    expect(Math.min(...loop.late)).toBeGreaterThanOrEqual(4_998)
  })

  it('counts failures, and those without an answer with the time that they have waited', async () => {
    const sends = [
      () => Promise.resolve(false),
      () => Promise.reject(new Error('broken')),
      () => new Promise<boolean>(() => {}),
    ]
    const send = (i: number): Promise<boolean> => sends[i]!()
    const startAt = sharedNow() - 1_000
    const { succeeded, latency, unfinished } = await openLoop({ times: [0, 0, 0], startAt, send, grace: 1 })
    expect([...succeeded]).toEqual([0, 0, 0])
    expect(unfinished).toBe(1)
    expect(latency[2]).toBeGreaterThanOrEqual(1_000)
  })
})
