import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'

interface Measured {
  readonly ns: number
  readonly best: number
  readonly ratio: number
  readonly bytes: number
}
const POLICIES = [
  'roundRobin',
  'random',
  'leastRequest',
  'leastLatency',
  'ringHash',
  'maglev',
  'rendezvous',
] as const

type Row<Key extends string> = Readonly<Record<Key, Measured>>

interface Results {
  readonly node: string
  readonly quick: boolean
  readonly picks: readonly (Row<'byHand' | 'alone' | 'whole'> & {
    readonly policy: string
    readonly weights: string
    readonly endpoints: number
  })[]
  readonly calls: readonly (Row<
    'bare' | 'timeout' | 'pRetryOpossum' | 'balancerFetch' | 'balancerExecute'
  > & { readonly callers: number })[]
  readonly updates: readonly (Row<'parse' | (typeof POLICIES)[number]> & {
    readonly endpoints: number
  })[]
}

/** What V8 takes for one number that it does not keep in a register. */
const WRAPPED_NUMBER = 16

const bench = fileURLToPath(new URL('../../bench/run.mjs', import.meta.url))
let results: Results

// The machine may be busy with other test files meanwhile; the numbers are not looked at, but for the bytes.
beforeAll(async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [bench, '--quick', '--json'])
  results = JSON.parse(stdout) as Results
}, 120_000)

const measured = expect.objectContaining({
  ns: expect.toSatisfy((ns: number) => Number.isFinite(ns) && ns > 0),
  best: expect.toSatisfy((best: number) => Number.isFinite(best) && best > 0),
  ratio: expect.toSatisfy((ratio: number) => Number.isFinite(ratio) && ratio > 0),
  bytes: expect.toSatisfy((bytes: number) => Number.isFinite(bytes)),
})

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

  it('measure a whole call by one and by many callers against what people write by hand', () => {
    const contenders = {
      bare: measured,
      timeout: measured,
      pRetryOpossum: measured,
      balancerFetch: measured,
      balancerExecute: measured,
    }
    expect(results.calls).toEqual([
      { callers: 1, ...contenders },
      { callers: 64, ...contenders },
    ])
  })

  it('measure an update of a list of every size with every policy', () => {
    const policies = Object.fromEntries(POLICIES.map((policy) => [policy, measured]))
    expect(results.updates).toEqual(
      [10, 1_000, 10_000].map((endpoints) => ({ endpoints, parse: measured, ...policies })),
    )
  })

  it('compare with the first contender, which is 1', () => {
    const ones = [
      ...results.picks.map(({ byHand }) => byHand.ratio),
      ...results.calls.map(({ bare }) => bare.ratio),
      ...results.updates.map(({ parse }) => parse.ratio),
    ]
    expect(new Set(ones)).toEqual(new Set([1]))
  })
})

describe('a pick', () => {
  it.each(['roundRobin', 'random', 'leastRequest', 'ringHash', 'maglev'])(
    'of %s allocates nothing',
    (policy) => {
      const bytes = results.picks.filter((row) => row.policy === policy).map(({ alone }) => alone.bytes)
      expect(bytes).toHaveLength(6)
      expect(Math.max(...bytes)).toBeLessThan(1)
    },
  )

  // Looking at 10,000 endpoints it makes too few picks in a batch for bytes to be counted.
  it('of rendezvous allocates nothing, at a size that it is made for', () => {
    const rows = results.picks.filter(({ policy, endpoints }) => policy === 'rendezvous' && endpoints === 10)
    expect(rows).toHaveLength(2)
    for (const { alone } of rows) expect(alone.bytes).toBeLessThan(1)
  })

  // Its scores are fractions: whether they are wrapped on the way from one function to the next depends on what V8
  // happens to inline. An array of two candidates, a closure or an object for each would be more than this.
  it('of leastLatency allocates no object', () => {
    const bytes = results.picks
      .filter(({ policy }) => policy === 'leastLatency')
      .map(({ alone }) => alone.bytes)
    expect(bytes).toHaveLength(6)
    expect(Math.max(...bytes)).toBeLessThan(3 * WRAPPED_NUMBER + 1)
  })
})
