import { expect, test } from 'vitest'
import { CASES } from './cases/all.ts'
import { COLUMNS } from './columns.ts'
import { compare } from './compare.ts'
import { EXPLAINED } from './explained/all.ts'

test.each(CASES.map((one) => [one.name, one] as const))('%s', async (_, one) => {
  const verdicts = await compare(one, COLUMNS)
  const found = verdicts.map(({ column, unexplained, stale }) => ({ column, unexplained, stale }))
  expect(found).toEqual(COLUMNS.map(({ name }) => ({ column: name, unexplained: [], stale: [] })))
})

test('explanations are of cases and columns that there are', () => {
  const cases = CASES.map(({ name }) => name)
  const columns = COLUMNS.map(({ name }) => name)
  expect(new Set(cases).size).toBe(cases.length)
  expect(EXPLAINED.flatMap((one) => one.cases.filter((name) => !cases.includes(name)))).toEqual([])
  expect(EXPLAINED.flatMap((one) => one.columns.filter((name) => !columns.includes(name)))).toEqual([])
})
