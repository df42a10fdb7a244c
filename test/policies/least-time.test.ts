import { describe, expect, it } from 'vitest'
import type { LiveEndpoint } from '../../src/core/endpoint.js'
import type { OutcomeKind } from '../../src/core/outcome.js'
import { type LeastTimeOptions, leastTime } from '../../src/policies/least-time.js'
import { seededRandom } from '../../src/testing/seeded-random.js'
import { tableOf } from '../support/table.js'

function setUp(weights: readonly number[] = [1, 1]) {
  const policy = leastTime()
  const { table, endpoints } = tableOf(weights)
  const random = seededRandom(4)
  return {
    policy,
    endpoints: endpoints as [LiveEndpoint, LiveEndpoint],
    pick: (now: number) => policy.pick(table, { now, random, tried: [], key: undefined }),
    picks(now: number): Set<unknown> {
      return new Set(Array.from({ length: 40 }, () => this.pick(now)))
    },
    learn(endpoint: LiveEndpoint, kind: OutcomeKind, latency: number, now: number, retryAfter?: number) {
      const rest = {
        status: undefined,
        load: undefined,
        final: false,
        error: undefined,
        progress: 'answered',
      } as const
      policy.observe?.(endpoint, { kind, latency, retryAfter, ...rest }, now)
    },
  }
}

describe('least time', () => {
  it('compares times in steps of 20 ms', () => {
    const world = setUp()
    const [a, b] = world.endpoints
    world.learn(a, 'success', 5, 0)
    world.learn(b, 'success', 19, 0)
    expect(world.picks(0)).toEqual(new Set([a, b]))
    for (let i = 0; i < 30; i++) world.learn(b, 'success', 30, 0)
    expect(world.picks(0)).toEqual(new Set([a]))
  })

  it('multiplies by the calls in flight, and divides by the weight', () => {
    const world = setUp([1, 3])
    const [a, b] = world.endpoints
    world.learn(a, 'success', 5, 0)
    world.learn(b, 'success', 5, 0)
    expect(world.picks(0)).toEqual(new Set([b]))
    b.inFlight = 4
    expect(world.picks(0)).toEqual(new Set([a]))
  })

  it('counts the age of calls that are not answered', () => {
    const world = setUp()
    const [a, b] = world.endpoints
    world.learn(a, 'success', 5, 0)
    world.learn(b, 'success', 90, 0)
    world.policy.start?.(a, 0)
    expect(world.picks(50)).toEqual(new Set([a]))
    expect(world.picks(150)).toEqual(new Set([b]))
    world.learn(a, 'stalled', Number.NaN, 200)
    expect(world.picks(200)).toEqual(new Set([a]))
  })

  it('halves the time of an idle one every 10 s', () => {
    const world = setUp()
    const [a, b] = world.endpoints
    world.learn(b, 'success', 150, 0)
    world.learn(a, 'success', 50, 9_000)
    expect(world.picks(9_999)).toEqual(new Set([a]))
    world.learn(a, 'success', 50, 11_000)
    // 150 ms halved twice are 37.5: in one step with 40, below 50.
    expect(world.picks(20_000)).toEqual(new Set([b]))
  })

  it('takes a fast failure for the longest time, and for as long as the server asks', () => {
    const world = setUp()
    const [a, b] = world.endpoints
    world.learn(a, 'success', 400, 0)
    world.learn(b, 'success', 5, 0)
    world.learn(b, 'broken', 1, 0)
    expect(world.picks(9_000)).toEqual(new Set([a]))
    world.learn(b, 'overloaded', 1, 9_000, 60_000)
    world.learn(a, 'success', 400, 60_000)
    expect(world.picks(60_000)).toEqual(new Set([a]))
  })

  it('tries what was never measured, and what is forgotten', () => {
    const world = setUp()
    const [a, b] = world.endpoints
    world.learn(a, 'success', 50, 0)
    expect(world.picks(0)).toEqual(new Set([b]))
    world.learn(b, 'success', 500, 0)
    expect(world.picks(0)).toEqual(new Set([a]))
    world.policy.forget?.(b)
    expect(world.picks(0)).toEqual(new Set([b]))
  })

  it.each([
    [{ halving: 0 }, /leastTime\.halving/],
    [{ decay: 5 }, /leastTime\.decay.*no such option/],
  ])('refuses %j', (options, message) => {
    expect(() => leastTime(options as LeastTimeOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringMatching(message) }),
    )
  })
})
