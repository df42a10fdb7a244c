import { createBalancer, rendezvousSubset, roundRobin, type Subsetting } from 'evenkeel'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/testing/seeded-random.js'
import { uncaught } from '../support/uncaught.js'

const urls = (count: number) => Array.from({ length: count }, (_, i) => `http://web-${i}.test`)

function picked(balancer: ReturnType<typeof createBalancer>, times: number): Map<string, number> {
  const counts = new Map<string, number>()
  for (let i = 0; i < times; i++) {
    const pick = balancer.pick()
    counts.set(pick.endpoint.id, (counts.get(pick.endpoint.id) ?? 0) + 1)
    pick.succeed()
  }
  return counts
}

describe('subsetting', () => {
  it('uses a subset only, says so, and follows the list', () => {
    const random = seededRandom(1)
    const balancer = createBalancer({
      endpoints: urls(100),
      subsetting: rendezvousSubset({ id: 'me', size: 10 }),
      policy: roundRobin(),
      random,
    })
    const first = new Set(picked(balancer, 200).keys())
    expect(first.size).toBe(10)
    const { subsetting, endpoints, priorities } = balancer.snapshot()
    expect(subsetting).toEqual({ name: 'rendezvous', size: 10, total: 100 })
    expect(priorities[0]).toMatchObject({ eligible: 10, total: 10 })
    expect(endpoints.filter(({ state }) => state === 'outside-subset')).toHaveLength(90)
    // One of the subset leaves: one other takes its place, and the rest stays.
    const [gone] = first
    balancer.setEndpoints(urls(100).filter((url) => url !== gone))
    const second = new Set(picked(balancer, 200).keys())
    expect(second.size).toBe(10)
    expect([...first].filter((id) => !second.has(id))).toEqual([gone])
  })

  it('uses an endpoint at the edge in part', () => {
    const half: Subsetting = { name: 'half', shares: (members) => members.map((_, i) => (i === 0 ? 0.5 : 1)) }
    const balancer = createBalancer({
      endpoints: urls(3),
      subsetting: half,
      policy: roundRobin(),
      random: seededRandom(2),
    })
    const counts = picked(balancer, 500)
    expect(counts.get('http://web-0.test')).toBe(100)
    expect(balancer.snapshot().endpoints[0]).toMatchObject({ weight: 1, effectiveWeight: 0.5 })
  })

  it('takes in an endpoint that is ejected, and lets one go', async () => {
    let keep = 2
    const firstOnes: Subsetting = {
      name: 'first',
      shares: (members) => members.map((_, i) => Number(i < keep)),
    }
    const balancer = createBalancer({
      endpoints: urls(3),
      subsetting: firstOnes,
      policy: roundRobin(),
      random: seededRandom(3),
    })
    for (let i = 0; i < 6; i++) {
      const pick = balancer.pick()
      if (pick.endpoint.id === 'http://web-0.test') pick.fail(new Error('no'), 'unreachable')
      else pick.succeed()
    }
    expect(balancer.snapshot().endpoints[0]?.state).toBe('ejected')
    keep = 3
    balancer.setEndpoints([...urls(3), { url: 'http://web-3.test', weight: 0 }])
    expect(new Set(picked(balancer, 20).keys())).toEqual(new Set(['http://web-1.test', 'http://web-2.test']))
    keep = 1
    balancer.setEndpoints(urls(3))
    // Only the ejected one is left, so panic mode uses it.
    expect([...picked(balancer, 5).keys()]).toEqual(['http://web-0.test'])
    await balancer.close()
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('a bug')
      },
    ],
    ['leaves nobody', () => [0, 0, 0]],
    ['gives nonsense', () => ['x', Number.NaN] as never],
    ['gives nothing', () => undefined as never],
  ])('is as good as none when it %s', (what, shares) => {
    const errors = uncaught()
    const balancer = createBalancer({
      endpoints: urls(3),
      subsetting: { name: 'odd', shares },
      policy: roundRobin(),
    })
    expect(picked(balancer, 30).size).toBe(3)
    expect(errors()).toHaveLength(what === 'throws' ? 1 : 0)
  })

  it('refuses what is none', () => {
    expect(() => createBalancer({ endpoints: urls(1), subsetting: { size: 3 } as never })).toThrow(
      'subsetting',
    )
  })
})
