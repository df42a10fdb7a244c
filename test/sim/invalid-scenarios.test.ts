import { loadScenario, policyNames, scenarios, simulate } from 'evenkeel/sim'
import { describe, expect, it } from 'vitest'

const servers = { service: 10 }

describe('a scenario with a mistake in it', () => {
  it.each([
    [{}, 'servers'],
    [{ servers: [] }, 'servers'],
    [{ servers, speed: 1 }, 'speed'],
    [{ servers, name: '' }, 'name'],
    [{ servers, requests: 0 }, 'requests'],
    [{ servers, requests: 1.5 }, 'requests'],
    [{ servers, warmUp: 1 }, 'warmUp'],
    [{ servers, method: 'FETCH' }, 'method'],
    [{ servers: { count: 3 } }, 'servers.service'],
    [{ servers: [servers, { ...servers, count: -1 }] }, 'servers[1].count'],
    [{ servers: { ...servers, count: 200_000 } }, 'servers'],
    [
      {
        servers: [
          { ...servers, name: 'a' },
          { ...servers, name: 'a' },
        ],
      },
      'servers[1].name',
    ],
    [{ servers: { ...servers, slots: 0 } }, 'servers.slots'],
    [{ servers: { ...servers, queue: -1 } }, 'servers.queue'],
    [{ servers: { ...servers, slowdown: 0 } }, 'servers.slowdown'],
    [{ servers: { ...servers, errorRate: 2 } }, 'servers.errorRate'],
    [{ servers: { ...servers, errorStatus: 200 } }, 'servers.errorStatus'],
    [{ servers: { ...servers, reports: 'yes' } }, 'servers.reports'],
    [{ servers: { service: 'fast' } }, 'servers.service'],
    [{ servers: { service: { exponential: 0 } } }, 'servers.service.exponential'],
    [{ servers: { service: { exponential: 1, pareto: {} } } }, 'servers.service'],
    [{ servers: { service: { pareto: { mean: 1, shape: 1 } } } }, 'servers.service.pareto.shape'],
    [{ servers: { service: { lognormal: { mean: 1 } } } }, 'servers.service.lognormal.sigma'],
    [{ servers: { service: { empirical: [] } } }, 'servers.service.empirical'],
    [{ servers: { service: { empirical: [1, 'x'] } } }, 'servers.service.empirical[1]'],
    [{ servers, clients: 0 }, 'clients'],
    [{ servers, clients: [{ weight: 0 }] }, 'clients[0].weight'],
    [{ servers, arrivals: { load: 1, rate: 1 } }, 'arrivals.rate'],
    [{ servers, arrivals: { process: 'fractal' } }, 'arrivals.process'],
    [{ servers, arrivals: { pattern: [{ at: '10%' }] } }, 'arrivals.pattern[0].factor'],
    [{ servers, arrivals: { pattern: [{ at: '200%', factor: 1 }] } }, 'arrivals.pattern[0].at'],
    [{ servers, network: { latency: -1 } }, 'network.latency'],
    [{ servers, keys: { count: 0 } }, 'keys.count'],
    [{ servers, changes: {} }, 'changes'],
    [{ servers, changes: [null] }, 'changes[0].kind'],
    [{ servers, changes: [{ kind: 'flood' }] }, 'changes[0].kind'],
    [{ servers, changes: [{ kind: 'slow', servers: 'nobody', factor: 2 }] }, 'changes[0].servers'],
    [{ servers, changes: [{ kind: 'slow', servers: [7], factor: 2 }] }, 'changes[0].servers[0]'],
    [{ servers, changes: [{ kind: 'slow', servers: 1 }] }, 'changes[0].factor'],
    [{ servers, changes: [{ kind: 'slow', servers: 1, factor: 2, from: 'soon' }] }, 'changes[0].from'],
    [{ servers, changes: [{ kind: 'slow', servers: 1, factor: 2, every: 1 }] }, 'changes[0].every'],
    [{ servers, changes: [{ kind: 'antagonist', count: 1, factor: 2 }] }, 'changes[0].every'],
    [{ servers, changes: [{ kind: 'outage', servers: 1, how: 'loud' }] }, 'changes[0].how'],
    [{ servers, changes: [{ kind: 'outage', servers: 1, how: 200 }] }, 'changes[0].how'],
    [{ servers, changes: [{ kind: 'restart', servers: 1, every: 1 }] }, 'changes[0].downtime'],
    [
      { servers, changes: [{ kind: 'join', servers: 1, from: 0, cold: { factor: 2 } }] },
      'changes[0].cold.duration',
    ],
    [{ servers, balancer: 'fast' }, 'balancer'],
    [{ servers, balancer: { clock: {} } }, 'balancer.clock'],
    [{ servers, balancer: { policy: 'fastest' } }, 'balancer.policy'],
    [{ servers, balancer: { timeouts: {} } }, 'timeouts'],
    [{ servers, balancer: { timeout: { attempt: -1 } } }, 'timeout.attempt'],
  ])('%j is told by its path, `%s`', async (scenario, path) => {
    await expect(simulate(scenario as never)).rejects.toMatchObject({
      code: 'ERR_INVALID_CONFIG',
      message: expect.stringContaining(`\`${path}\``),
    })
  })

  it('and so are options of the simulation', async () => {
    await expect(simulate({ servers }, { seed: 0.5 })).rejects.toThrow('`seed`')
    await expect(simulate({ servers }, { sede: 1 } as never)).rejects.toThrow('`sede`')
  })
})

describe('the built-in scenarios', () => {
  it.each(Object.entries(scenarios))(
    '%s is valid, plain data, and says what it is about',
    async (name, scenario) => {
      expect(scenario.name).toBe(name)
      expect(scenario.title?.length).toBeGreaterThan(20)
      expect(scenario.description?.length).toBeGreaterThan(80)
      expect(JSON.parse(JSON.stringify(scenario))).toEqual(scenario)
      const { calls } = await simulate({ ...scenario, requests: 200 })
      expect(calls.total).toBe(200)
    },
  )
})

describe('loadScenario', () => {
  it('reads YAML', async () => {
    const scenario = loadScenario(`
      name: two-generations
      servers:
        - { name: old, count: 2, service: { exponential: 40 }, queue: .inf }
        - { name: new, count: 2, service: { lognormal: { mean: 20, sigma: 1 } } }
      arrivals: { load: 0.7 }
      requests: 500
      changes:
        - { kind: slow, servers: new, factor: 3, from: 50% }
      balancer:
        policy: { name: peak-ewma, decay: 2000 }
        retry: false
    `)
    const result = await simulate(scenario)
    expect(result).toMatchObject({
      scenario: 'two-generations',
      policy: 'peak-ewma',
      servers: 4,
      load: 0.7,
    })
  })

  it.each([
    ['servers: [', 'not YAML'],
    ['- 1', 'options'],
    ['', 'scenario'],
    ['servers: { service: 10, slots: many }', '`servers.slots`'],
    ['{ servers: { service: 10 }, balancer: { policy: best } }', '`balancer.policy`'],
    ['{ servers: { service: 10 }, balancer: { policy: { name: leastLatency, decay: 0 } } }', 'decay'],
  ])('refuses %j: %s', (text, reason) => {
    expect(() => loadScenario(text)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_CONFIG', message: expect.stringContaining(reason) }),
    )
  })

  it('names policies as the library exports them', () => {
    expect(policyNames).toEqual(
      expect.arrayContaining(['random', 'roundRobin', 'leastRequest', 'leastLatency']),
    )
    for (const policy of [...policyNames, 'oracle', 'least-request'])
      expect(loadScenario(`{ servers: { service: 10 }, balancer: { policy: ${policy} } }`)).toBeDefined()
  })
})
