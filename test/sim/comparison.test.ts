import {
  balancingPolicies,
  compare,
  type Progress,
  type ScenarioName,
  type ServerGroup,
  scale,
  scenarios,
  sweep,
  toTable,
} from 'evenkeel/sim'
import { describe, expect, it } from 'vitest'

const few = (name: ScenarioName) => ({ ...scenarios[name], requests: 10_000 })

describe('compare', () => {
  it.each<ScenarioName>([
    'equal-servers',
    'slow-servers',
    'grey-server',
    'grey-heals',
    'antagonists',
    'heavy-tail',
  ])('no policy is better than the oracle in %s', { timeout: 60_000 }, async (name) => {
    const { oracle, results } = await compare(few(name), balancingPolicies)
    expect(results.map(({ variant }) => variant)).toEqual(balancingPolicies)
    // A hundredth for luck: the shortest expected delay is the best guess, and not a prophecy.
    for (const { measured } of results)
      expect(measured.latency.mean).toBeGreaterThan((oracle.measured.latency.mean ?? 0) * 0.99)
  })

  it('puts options over those of the scenario', async () => {
    const { results } = await compare({ ...few('failures'), requests: 9_000 }, [
      { name: 'as it is', balancer: {} },
      { name: 'no retries', balancer: { retry: false } },
    ])
    // What was never sent is sent elsewhere even so.
    expect(results[1]?.retries).toBeLessThan(results[0]?.retries ?? 0)
    expect(results[1]?.measured.failed).toBeGreaterThan(results[0]?.measured.failed ?? 0)
  })

  it('tells how far it has come, over all variants', async () => {
    const seen: Progress[] = []
    await compare({ ...few('equal-servers'), requests: 1_000 }, ['random'], {
      onProgress: (progress) => seen.push(progress),
    })
    expect(seen.at(-1)).toEqual({ done: 2_000, total: 2_000, variant: 'random' })
    expect(seen.map(({ done }) => done)).toEqual([...seen.map(({ done }) => done)].sort((a, b) => a - b))
    expect(new Set(seen.map(({ variant }) => variant))).toEqual(new Set(['oracle', 'random']))
  })

  it.each([
    [[], 'variants'],
    [['fastest'], 'balancer.policy'],
    [['random', 'random'], 'variants[1].name'],
    [[{ balancer: {} }], 'variants[0].name'],
    [[{ name: 'x', balancer: { endpoints: [] } }], 'variants[0].balancer.endpoints'],
    [[{ name: 'x', balancer: { retries: 3 } }], 'retries'],
    [[{ name: 'x', balancer: { policy: { name: 'leastLatency', decay: -1 } } }], 'leastLatency.decay'],
    [[{ name: 'x', balancer: { policy: { name: 'random', decay: 1 } } }], 'balancer.policy.decay'],
  ])('refuses the variants %j for `%s`', async (variants, path) => {
    await expect(compare(few('equal-servers'), variants as never)).rejects.toMatchObject({
      code: 'ERR_INVALID_CONFIG',
      message: expect.stringContaining(`\`${path}`),
    })
  })
})

describe('sweep', () => {
  it('tells the tail at each load', async () => {
    const swept = await sweep({ ...few('failures'), changes: [] }, ['random'], { loads: [0.3, 0.9] })
    expect(swept.comparisons.map(({ oracle }) => oracle.load)).toEqual([0.3, 0.9])
    const [low, high] = swept.comparisons.map(({ results }) => results[0]?.measured.latency.p99 ?? 0)
    expect(high).toBeGreaterThan(1.5 * (low ?? 0))
    expect(toTable(swept).split('\n')).toHaveLength(4)
  })
})

describe('scale', () => {
  it('keeps groups in proportion and the load as it is', () => {
    const scaled = scale(scenarios['failures'], { servers: 95, clients: 7 })
    const counts = (scaled.servers as readonly ServerGroup[]).map(({ count }) => count)
    expect(counts).toEqual([57, 19, 10, 9])
    expect(scaled.clients).toBe(7)
    expect(scaled.arrivals?.rate).toBe(2_850)
    expect(scale(scenarios['grey-server'], {}).servers).toBe(scenarios['grey-server'].servers)
  })
})

describe('toTable', () => {
  it('has a row for each variant, and the distance to the oracle', async () => {
    const comparison = await compare({ ...few('grey-heals'), requests: 3_000 }, ['leastRequest'])
    const [head, , oracle, row, ...rest] = toTable(comparison).split('\n')
    expect(head?.split('|').map((cell) => cell.trim())).toEqual([
      ...['', 'variant', 'mean', 'p50', 'p99', 'p99 / oracle', 'p99.9', 'failed', 'retries', 'ejections'],
      ...['to grey', 'at the end', ''],
    ])
    expect(oracle).toMatch(/^\| oracle .* 1\.00 \|/)
    expect(row).toMatch(/^\| leastRequest /)
    expect(rest).toEqual([])
    expect(toTable(comparison.oracle).split('\n')).toHaveLength(3)
  })
})
