import { compare, type Scenario, scenarios, simulate } from 'evenkeel/sim'
import { describe, expect, it } from 'vitest'

const scenario: Scenario = {
  ...scenarios['failures'],
  servers: [
    { name: 'healthy', count: 6, service: { lognormal: { mean: 20, sigma: 1 } } },
    { name: 'refusing', count: 2, service: { exponential: 20 } },
    { name: 'erring', service: 20, errorRate: 0.1 },
    { name: 'silent', service: 20 },
  ],
  clients: 5,
  network: { latency: { exponential: 1 } },
  requests: 4_000,
}

describe('the same seed', () => {
  it('gives the same bytes, also while other simulations run', async () => {
    const alone = await simulate(scenario, { seed: 3 })
    const [one, other, two] = await Promise.all([
      simulate(scenario, { seed: 3 }),
      simulate(scenario, { seed: 4 }),
      simulate(scenario, { seed: 3 }),
    ])
    expect(JSON.stringify(one)).toBe(JSON.stringify(alone))
    expect(JSON.stringify(two)).toBe(JSON.stringify(alone))
    expect(JSON.stringify(other.series)).not.toBe(JSON.stringify(alone.series))
  })

  it('gives every variant the same arrivals and the same work', async () => {
    const fleet: Scenario = {
      servers: { count: 3, service: { exponential: 20 } },
      clients: 2,
      requests: 2_000,
    }
    const { oracle, results } = await compare(fleet, ['random', 'leastRequest', 'roundRobin'])
    for (const { series, groups, end } of results) {
      expect(series.rate).toEqual(oracle.series.rate)
      // Each request is as long for everybody, so the work done is the same.
      expect((groups[0]?.utilization ?? 0) * end).toBeCloseTo(
        (oracle.groups[0]?.utilization ?? 0) * oracle.end,
        0,
      )
    }
  })
})
