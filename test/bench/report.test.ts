import { describe, expect, it } from 'vitest'
import { load } from './load.js'

interface Section {
  readonly title: string
  readonly notes?: readonly string[]
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}
type Sections = (results: unknown) => Section[]

const { asText, asMarkdown } = await load<{ asText(one: Section): string; asMarkdown(one: Section): string }>(
  'lib/section.mjs',
)
const { putBetween } = await load<{ putBetween(text: string, name: string, content: string): string }>(
  'lib/put-between.mjs',
)
const { readOptions } = await load<{
  readOptions(
    parts: () => Record<string, string[]>,
    more: object,
    args: string[],
  ): Record<string, string[] | boolean>
}>('lib/options.mjs')
const { sections: tail } = await load<{ sections: Sections }>('tail/report.mjs')
const { sections: failure } = await load<{ sections: Sections }>('failure/report.mjs')

const table = {
  title: 'One',
  notes: ['A note.'],
  head: ['', 'ns'],
  rows: [
    ['a', '9.5'],
    ['bcd', '1,000'],
  ],
}

describe('a section', () => {
  it('is a table with its text on the left and its numbers on the right', () => {
    expect(asText(table).split('\n')).toEqual([
      'ONE',
      'A note.',
      '        ns',
      '---  -----',
      'a      9.5',
      'bcd  1,000',
      '',
    ])
  })

  it('is a table of a page too', () => {
    const lines = [
      '### One',
      '',
      'A note.',
      '',
      '|  | ns |',
      '| --- | ---: |',
      '| a | 9.5 |',
      '| bcd | 1,000 |',
      '',
    ]
    expect(asMarkdown(table).split('\n')).toEqual(lines)
  })

  it('goes to its place on a page, and nothing else changes there', () => {
    const page = 'before\n\n<!-- x -->\n\nold\n\n<!-- /x -->\n\nafter'
    expect(putBetween(page, 'x', 'new\n')).toBe('before\n\n<!-- x -->\n\nnew\n\n<!-- /x -->\n\nafter')
    expect(() => putBetween(page, 'y', 'new')).toThrow('there is no place for y')
  })
})

describe('the options', () => {
  const parts = (): Record<string, string[]> => ({ scenarios: ['equal', 'grey'], names: ['oracle', 'nginx'] })

  it('choose by name from each group, and all of a group that is not mentioned', () => {
    const { scenarios, names } = readOptions(parts, {}, ['--only', 'grey'])
    expect({ scenarios, names }).toEqual({ scenarios: ['grey'], names: ['oracle', 'nginx'] })
  })

  it('know what there is to choose from', () => {
    expect(() => readOptions(parts, {}, ['--only', 'gray'])).toThrow('there is equal, grey, oracle, nginx')
  })
})

describe('the report of the tail', () => {
  const round = {
    calls: 100,
    failed: 0,
    unfinished: 0,
    p50: 1,
    p99: 10,
    p999: 20,
    late: 1,
    lateAnswers: 1,
    cpu: 0.2,
  }
  const results = {
    equal: {
      oracle: [round, { ...round, p99: 20 }],
      slow: [
        { ...round, p99: 20 },
        { ...round, p99: 80, late: 50, unfinished: 3, failed: 3 },
      ],
    },
  }
  const [section] = tail({ rounds: 2, seconds: 1, results, labels: { oracle: 'oracle', slow: 'slow' } })

  it('compares each round with the oracle of that round', () => {
    expect(section?.rows[0]?.[2]).toBe('1.00 (1.00–1.00)')
    expect(section?.rows[1]?.[2]).toBe('≥3.00 (2.00–4.00)')
  })

  it('says which runs had not enough of the machine, and who was still waiting', () => {
    expect(section?.rows[0]?.at(-1)).toBe('')
    expect(section?.rows[1]?.at(-1)).toBe('3 calls without an answer at the end, NOISY RUN')
  })
})

describe('the report of the failure', () => {
  const round = {
    success: 100,
    noticed: 1,
    p99: 50,
    healthy: 40,
    unavailable: 2,
    silent: 3,
    back: 1_500,
    late: 1,
  }
  const rowOf = (rounds: object[]): readonly string[] | undefined =>
    failure({ rounds: rounds.length, seconds: 1, results: { fault: { a: rounds } }, labels: { a: 'A' } })[0]
      ?.rows[0]

  it('gives the median and the range of the rounds', () => {
    expect(rowOf([round, { ...round, success: 99, p99: 70, back: 2_500 }])).toEqual([
      ...['A', '99.50 (99.00–100.00)', '1', '60 (50–70)', '2', '3', '2.0 (1.5–2.5)', '1.0'],
    ])
  })

  it('says so when a server was not in use again', () => {
    expect(rowOf([{ ...round, back: null }])?.[6]).toBe('not by the end')
    expect(rowOf([round, { ...round, back: null }])?.[6]).toBe('1.5, not by the end in 1')
  })
})
