import { describe, expect, it } from 'vitest'
import { load } from './load.js'

type Slowness = (server: number, time: number) => number

const { scenarios, slowness, callsPerSecond } = await load<{
  scenarios: readonly string[]
  slowness(scenario: string, duration: number): Slowness
  callsPerSecond(scenario: string, duration: number): number
}>('tail/fleet.mjs')
const { Queue } = await load<{
  Queue: new (slowness: (time: number) => number) => { arrive(now: number, demand: number): number }
}>('tail/queue.mjs')
const { Oracle } = await load<{
  Oracle: new (
    servers: number,
    slowness: Slowness,
  ) => { pick(now: number): number; done(server: number): void }
}>('tail/oracle.mjs')

const SERVERS = Array.from({ length: 10 }, (_, i) => i)
const DURATION = 9_000
const at = (scenario: string, time: number): number[] =>
  SERVERS.map((server) => slowness(scenario, DURATION)(server, time))

describe('the scenarios of the tail', () => {
  it('are the four that docs/performance.md describes', () => {
    expect(scenarios).toEqual(['equal', 'slow2', 'grey', 'antagonist'])
  })

  it('slow down as many servers as they say, when they say it', () => {
    expect(at('equal', 1)).toEqual(new Array(10).fill(1))
    expect(at('slow2', -1_000)).toEqual([5, 5, 1, 1, 1, 1, 1, 1, 1, 1])
    expect(at('grey', 2_999)).toEqual(new Array(10).fill(1))
    expect(at('grey', 3_001)).toEqual([20, 1, 1, 1, 1, 1, 1, 1, 1, 1])
  })

  it('have three antagonists at any time, others each second, and the same for everybody', () => {
    const seconds = SERVERS.map((second) => at('antagonist', second * 1_000 + 500))
    for (const factors of seconds) expect(factors.toSorted()).toEqual([1, 1, 1, 1, 1, 1, 1, 4, 4, 4])
    expect(new Set(seconds.map(String)).size).toBeGreaterThan(5)
    expect(at('antagonist', 2_000)).toEqual(at('antagonist', 2_999))
  })

  // Ten servers do 4 / 20 ms each: 2,000 a second. Slow ones do their part less.
  it('are asked for 72 % of what their servers can do', () => {
    expect(callsPerSecond('equal', DURATION)).toBeCloseTo(0.72 * 2_000)
    expect(callsPerSecond('slow2', DURATION)).toBeCloseTo(0.72 * (8 + 2 / 5) * 200)
    expect(callsPerSecond('grey', DURATION)).toBeCloseTo(0.72 * (9 + 1 / 20) * 200)
    expect(callsPerSecond('antagonist', DURATION)).toBeCloseTo(0.72 * (7 + 3 / 4) * 200)
  })
})

describe('a server of the tail', () => {
  it('works on four calls at a time, and on the others in the order in which they came', () => {
    const queue = new Queue(() => 1)
    expect([40, 10, 30, 20].map((demand) => queue.arrive(0, demand))).toEqual([40, 10, 30, 20])
    expect(queue.arrive(5, 100)).toBe(110)
    expect(queue.arrive(5, 1)).toBe(21)
    expect(queue.arrive(200, 7)).toBe(207)
  })

  it('is as slow as it is when a call begins to be served', () => {
    const queue = new Queue((time) => (time >= 100 ? 20 : 1))
    for (let i = 0; i < 4; i++) expect(queue.arrive(50, 60)).toBe(110)
    // It arrives before the server slows down, and waits until after that.
    expect(queue.arrive(60, 10)).toBe(110 + 200)
  })
})

describe('the oracle', () => {
  it('fills the slots of equal servers evenly', () => {
    const oracle = new Oracle(3, () => 1)
    const picks = Array.from({ length: 12 }, () => oracle.pick(0))
    expect([0, 1, 2].map((server) => picks.filter((pick) => pick === server).length)).toEqual([4, 4, 4])
  })

  // A healthy one with n in flight: 20 ms x ((n - 3) / 4 + 1) once its four slots are taken; the slow one: 100 ms.
  it('uses a slow server only when the queue at the others would take longer', () => {
    const oracle = new Oracle(2, (server) => (server === 0 ? 5 : 1))
    const picks = Array.from({ length: 21 }, () => oracle.pick(0))
    expect(picks.slice(0, 19)).toEqual(new Array(19).fill(1))
    expect(picks.slice(19)).toContain(0)
  })

  it('forgets a call that has ended', () => {
    const oracle = new Oracle(2, () => 1)
    const first = oracle.pick(0)
    oracle.pick(0)
    oracle.done(first)
    expect(oracle.pick(0)).toBe(first)
  })
})
