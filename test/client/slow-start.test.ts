import { type Balancer, createBalancer, leastRequest, type Policy, random, roundRobin } from 'evenkeel'
import { seededRandom, type VirtualClock, virtualClock } from 'evenkeel/testing'
import { describe, expect, it } from 'vitest'

const A = 'http://a.test'
const B = 'http://b.test'
const C = 'http://c.test'

/** Which share of the picks an endpoint gets at this moment. */
function share(balancer: Balancer, id: string, times = 2_000): number {
  let count = 0
  for (let i = 0; i < times; i++) {
    const pick = balancer.pick()
    if (pick.endpoint.id === id) count++
    pick.release()
  }
  return count / times
}

function make(policy: Policy, slowStart = {}): { balancer: Balancer; clock: VirtualClock } {
  const clock = virtualClock()
  const balancer = createBalancer({
    endpoints: [A, B],
    policy,
    slowStart: { window: 10_000, ...slowStart },
    clock,
    random: seededRandom(4),
  })
  return { balancer, clock }
}

describe('slow start', () => {
  it.each([
    ['round robin', roundRobin],
    ['random', random],
    ['least request', leastRequest],
  ])('lets a new endpoint warm up, under %s', async (_, policy) => {
    const { balancer, clock } = make(policy())
    // Those of the first list are warm: there is nobody to take their place.
    expect(balancer.snapshot().endpoints.map(({ state }) => state)).toEqual(['eligible', 'eligible'])
    expect(share(balancer, A)).toBeCloseTo(0.5, 1)
    balancer.setEndpoints([A, B, C])
    expect(share(balancer, C)).toBeCloseTo(0.1 / 2.1, 1)
    expect(balancer.snapshot().endpoints[2]).toMatchObject({
      state: 'warming-up',
      eligible: true,
      effectiveWeight: 0.1,
      until: clock.now() + 10_000,
    })
    await clock.advance(5_000)
    expect(share(balancer, C)).toBeCloseTo(0.5 / 2.5, 1)
    await clock.advance(5_000)
    expect(share(balancer, C)).toBeCloseTo(1 / 3, 1)
    expect(balancer.snapshot().endpoints[2]).toMatchObject({ state: 'eligible' })
    expect(balancer.snapshot().endpoints[2]).not.toHaveProperty('effectiveWeight')
  })

  it('rises by aggression, from the least share', async () => {
    const { balancer, clock } = make(roundRobin(), { aggression: 2, minShare: 0.25 })
    balancer.setEndpoints([A, B, C])
    const now = () => balancer.snapshot().endpoints[2]?.effectiveWeight
    expect(now()).toBe(0.25)
    await clock.advance(4_900)
    // (4 900 / 10 000) ^ (1 / 2)
    expect(now()).toBeCloseTo(0.7, 5)
    await clock.advance(5_000)
    expect(now()).toBeCloseTo(0.995, 2)
  })

  it('begins again when an endpoint comes back from an ejection, or from weight 0', async () => {
    const { balancer, clock } = make(roundRobin())
    for (let i = 0; i < 6; i++) {
      const pick = balancer.pick()
      if (pick.endpoint.id === A) pick.fail(new Error('no'), 'unreachable')
      else pick.succeed()
    }
    await clock.advance(6_000)
    balancer.pick().succeed()
    // A pick cannot be tried again, so it waits for a second before it is taken for a trial.
    await clock.advance(1_000)
    balancer.pick().succeed()
    expect(balancer.snapshot().endpoints[0]).toMatchObject({ state: 'warming-up', effectiveWeight: 0.1 })
    balancer.setEndpoints([A, { url: B, weight: 0 }])
    balancer.setEndpoints([A, { url: B, weight: 3 }])
    const [, b] = balancer.snapshot().endpoints
    expect(b?.state).toBe('warming-up')
    expect(b?.effectiveWeight).toBeCloseTo(0.3)
    // A change of weight does not end it.
    balancer.setEndpoints([A, { url: B, weight: 2 }])
    expect(balancer.snapshot().endpoints[1]?.effectiveWeight).toBeCloseTo(0.2)
  })

  it('ends with the endpoint, and a frozen process finds it warm', async () => {
    const { balancer, clock } = make(roundRobin())
    balancer.setEndpoints([A, B, C])
    balancer.setEndpoints([A, B])
    balancer.setEndpoints([A, B, C])
    expect(balancer.snapshot().endpoints[2]?.state).toBe('warming-up')
    clock.freeze(3_600_000)
    expect(share(balancer, C)).toBeCloseTo(1 / 3, 1)
    expect(clock.pending).toBe(0)
  })

  it.each([
    [{ window: 0 }, 'slowStart.window'],
    [{ aggression: 0 }, 'slowStart.aggression'],
    [{ minShare: 0 }, 'slowStart.minShare'],
    [{ minShare: 2 }, 'slowStart.minShare'],
    [{ windows: 2 }, 'slowStart.windows'],
  ])('refuses %j', (slowStart, option) => {
    expect(() => make(roundRobin(), slowStart)).toThrow(option)
  })
})
