import { describe, expect, it } from 'vitest'
import { load } from './load.js'

interface Turn {
  readonly scenario: string
  readonly name: string
  readonly round: number
}
interface Run {
  readonly late: number
  readonly lateAnswers?: number
  readonly repeats?: number
}

const lines: string[] = []
const { takeTurns } = await load<{
  takeTurns(of: {
    rounds: number
    scenarios: readonly string[]
    names: readonly string[]
    measure(turn: Turn): Promise<Run>
    attempts?: number
    stream: { readonly isTTY: boolean; write(line: string): void }
  }): Promise<Record<string, Record<string, Run[]>>>
}>('lib/take-turns.mjs')

const stream = { isTTY: false, write: (line: string): void => void lines.push(line) }
const about = { rounds: 1, scenarios: ['s'], names: ['a'], stream }
const inTurn = (runs: readonly Run[]): (() => Promise<Run>) => {
  let next = 0
  return () => Promise.resolve(runs[next++]!)
}

describe('taking turns', () => {
  it('lets everybody have each scenario in each round, beginning with another one', async () => {
    const turns: string[] = []
    const measure = ({ scenario, name, round }: Turn): Promise<Run> => {
      turns.push(`${round} ${scenario} ${name}`)
      return Promise.resolve({ late: 0 })
    }
    await takeTurns({ rounds: 2, scenarios: ['x', 'y'], names: ['a', 'b'], measure, stream })
    expect(turns).toEqual(['0 x a', '0 x b', '0 y a', '0 y b', '1 x b', '1 x a', '1 y b', '1 y a'])
    expect(lines.at(-1)).toMatch(/^\[8\/8, \d+ s left\] y, round 2 of 2: a\n$/)
  })

  it('repeats a run in which the generator or the servers were late', async () => {
    const measure = inTurn([{ late: 20 }, { late: 1, lateAnswers: 20 }, { late: 2, lateAnswers: 2 }])
    const { s } = await takeTurns({ ...about, measure })
    expect(s).toEqual({ a: [{ late: 2, lateAnswers: 2, repeats: 2 }] })
  })

  it('takes the quietest of three when none is quiet', async () => {
    const { s } = await takeTurns({ ...about, measure: inTurn([{ late: 30 }, { late: 20 }, { late: 40 }]) })
    expect(s).toEqual({ a: [{ late: 20, repeats: 2 }] })
  })
})
