import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { load } from './load.js'

interface Measured {
  readonly ns: number
  readonly best: number
  readonly ratio: number
  readonly bytes: number
}

type Row<Key extends string> = Readonly<Record<Key, Measured>>

type Call = Row<
  'bare' | 'bareAgain' | 'timeout' | 'pRetryOpossum' | 'cockatiel' | 'balancerFetch' | 'balancerExecute'
>
type Change = Readonly<Record<string, Measured>>

const { POLICIES } = await load<{ POLICIES: readonly string[] }>('policies.mjs')

interface Results {
  readonly node: string
  readonly quick: boolean
  readonly picks: readonly (Row<'byHand' | 'alone' | 'whole'> & {
    readonly policy: string
    readonly weights: string
    readonly endpoints: number
  })[]
  readonly peers: readonly (Row<
    'byHand' | 'roundRobin' | 'leastLatency' | 'grpcRoundRobin' | 'grpcWeighted' | 'balancedPool'
  > & { readonly endpoints: number })[]
  readonly calls: readonly (Call & { readonly endpoints: number; readonly callers: number })[]
  readonly updates: readonly (Change & Row<'parse'> & { readonly endpoints: number })[]
  readonly tables: readonly (Change &
    Row<'table'> & { readonly change: string; readonly endpoints: number })[]
  readonly memory: readonly Readonly<Record<'endpoints' | 'idle' | 'used' | 'breaker', number>>[]
}

const bench = fileURLToPath(new URL('../../bench/run.mjs', import.meta.url))
let results: Results

// The machine may be busy with other test files meanwhile; the numbers are not looked at, but for the bytes.
beforeAll(async () => {
  const parts = 'picks,peers,calls,updates,tables,memory'
  const { stdout } = await promisify(execFile)(process.execPath, [
    bench,
    '--quick',
    '--json',
    '--only',
    parts,
  ])
  results = JSON.parse(stdout) as Results
}, 240_000)

const measured = expect.objectContaining({
  ns: expect.toSatisfy((ns: number) => Number.isFinite(ns) && ns > 0),
  best: expect.toSatisfy((best: number) => Number.isFinite(best) && best > 0),
  ratio: expect.toSatisfy((ratio: number) => Number.isFinite(ratio) && ratio > 0),
  above: expect.toSatisfy((above: number) => Number.isFinite(above)),
  bytes: expect.toSatisfy((bytes: number) => Number.isFinite(bytes)),
})

function measuredFor(names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, measured]))
}

describe('the benchmarks', () => {
  it('measure a pick of every policy, with equal and unequal weights, at every size', () => {
    const expected = POLICIES.flatMap((policy) =>
      ['equal', 'unequal'].flatMap((weights) =>
        [10, 1_000, 10_000].map((endpoints) => ({
          ...{ policy, weights, endpoints },
          ...{ byHand: measured, alone: measured, whole: measured },
        })),
      ),
    )
    expect(results.picks).toEqual(expected)
  })

  it("measure others' pickers beside ours", () => {
    const pickers = ['byHand', 'roundRobin', 'leastLatency', 'grpcRoundRobin', 'grpcWeighted', 'balancedPool']
    const each = measuredFor(pickers)
    expect(results.peers).toEqual([10, 1_000, 10_000].map((endpoints) => ({ endpoints, ...each })))
  })

  it('measure a whole call by one and by many callers against what people write by hand', () => {
    const byHand = ['bare', 'bareAgain', 'timeout', 'pRetryOpossum', 'cockatiel']
    const contenders = measuredFor([...byHand, 'balancerFetch', 'balancerExecute'])
    expect(results.calls).toEqual([
      { endpoints: 10, callers: 1, ...contenders },
      { endpoints: 10, callers: 64, ...contenders },
      { endpoints: 1_000, callers: 1, ...contenders },
      { endpoints: 1_000, callers: 64, ...contenders },
    ])
  })

  it('measure an update of a list of every size with every policy', () => {
    const each = measuredFor(['parse', 'firstList', 'allNew', ...POLICIES])
    expect(results.updates).toEqual([10, 1_000, 10_000].map((endpoints) => ({ endpoints, ...each })))
  })

  it('measure the change of one endpoint among many', () => {
    const each = measuredFor(['table', ...POLICIES])
    const changes = ['gate', 'weight', 'replace']
    expect(results.tables).toEqual(changes.map((change) => ({ change, endpoints: 10_000, ...each })))
  })

  it('weigh an endpoint with and without a breaker', () => {
    const [thousand, ...rest] = results.memory
    expect(rest).toEqual([])
    expect(thousand?.endpoints).toBe(1_000)
    // The fields of an endpoint alone are more than this, and what was once 1 KB must not become 10.
    expect(thousand?.idle).toBeGreaterThan(100)
    expect(thousand?.used).toBeLessThan(1_024)
    expect(thousand?.breaker).toBeLessThan(8_192)
  })

  it('compare with the first contender, which is 1', () => {
    const ones = [
      ...results.picks.map(({ byHand }) => byHand.ratio),
      ...results.calls.map(({ bare }) => bare.ratio),
      ...results.peers.map(({ byHand }) => byHand.ratio),
      ...results.updates.map(({ parse }) => parse.ratio),
      ...results.tables.map(({ table }) => table.ratio),
    ]
    expect(new Set(ones)).toEqual(new Set([1]))
  })
})

describe('a pick', () => {
  // One wrapped number, which takes 16 bytes, in one pick of a hundred is none; one in each pick is one too many.
  it.each(POLICIES.filter((policy) => policy !== 'rendezvous'))('of %s allocates nothing', (policy) => {
    const rows = results.picks.filter((row) => row.policy === policy)
    expect(rows).toHaveLength(6)
    const bytes = rows.map(({ weights, endpoints, alone }) => ({ weights, endpoints, bytes: alone.bytes }))
    expect(bytes.filter((row) => !(row.bytes < 1))).toEqual([])
  })

  // Looking at 10,000 endpoints it makes too few picks in a batch for bytes to be counted.
  it('of rendezvous allocates nothing, at a size that it is made for', () => {
    const rows = results.picks.filter(({ policy, endpoints }) => policy === 'rendezvous' && endpoints === 10)
    expect(rows).toHaveLength(2)
    for (const { alone } of rows) expect(alone.bytes).toBeLessThan(1)
  })
})
