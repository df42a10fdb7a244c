import { roundRobin } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { fleet } from '../support/fleet.js'

const named = (prefix: string, count: number, more = {}) =>
  Array.from({ length: count }, (_, i) => ({
    id: `${prefix}${i}`,
    url: `http://${prefix}${i}.test`,
    ...more,
  }))

/** How many of so many picks `x0` gets. */
function share(balancer: ReturnType<typeof fleet>['balancer'], picks: number): number {
  let hits = 0
  for (let i = 0; i < picks; i++) {
    const pick = balancer.pick()
    if (pick.endpoint.id === 'x0') hits++
    pick.succeed()
  }
  return hits
}

describe('round robin gives an endpoint its turns at once', () => {
  it('when a very small weight becomes a usual one, among many', () => {
    const rest = named('y', 39)
    const { balancer } = fleet(
      {},
      { policy: roundRobin(), endpoints: [...named('x', 1, { weight: 0.001 }), ...rest] },
    )
    share(balancer, 2_000)
    balancer.setEndpoints([...named('x', 1), ...rest])
    expect(share(balancer, 4_000)).toBeGreaterThanOrEqual(99)
  })

  it('when it moves to another priority, among many', () => {
    const others = named('y', 39)
    const standby = named('z', 39, { priority: 1 })
    const { balancer } = fleet(
      {},
      { policy: roundRobin(), endpoints: [...named('x', 1), ...others, ...standby] },
    )
    share(balancer, 8_000)
    balancer.setEndpoints([...named('x', 1, { priority: 1 }), ...standby])
    expect(share(balancer, 4_000)).toBeGreaterThanOrEqual(99)
  })

  it('and not more than its turns when weights are written in another unit, among few', () => {
    const of = (x: number, y: number) => [...named('x', 1, { weight: x }), ...named('y', 1, { weight: y })]
    const { balancer } = fleet({}, { policy: roundRobin(), endpoints: of(1_000_000, 900_000) })
    share(balancer, 7)
    balancer.setEndpoints(of(1, 1))
    expect(share(balancer, 40)).toBeGreaterThanOrEqual(18)
    expect(share(balancer, 40)).toBe(20)
  })
})
