import { expect, test } from 'vitest'
import { CASES } from './cases/all.ts'
import { COLUMNS, TRUTH } from './columns.ts'
import { differencesOf } from './differences.ts'
import { EXPLAINED } from './explained/all.ts'
import { runCase } from './run-case.ts'
import { judge } from './verdict.ts'

test.each(CASES.map((one) => [one.name, one] as const))('%s', async (name, one) => {
  const [truth, ...others] = await Promise.all([TRUTH, ...COLUMNS].map((column) => runCase(one, column)))
  const broken = COLUMNS.map((column, i) => {
    const { unexplained, stale } = judge(name, column.name, differencesOf(truth, others[i]), EXPLAINED)
    return { column: column.name, unexplained, stale }
  })
  expect(broken).toEqual(COLUMNS.map(({ name }) => ({ column: name, unexplained: [], stale: [] })))
})

test('explanations are of cases and columns that there are', () => {
  const cases = CASES.map(({ name }) => name)
  const columns = COLUMNS.map(({ name }) => name)
  expect(new Set(cases).size).toBe(cases.length)
  expect(EXPLAINED.flatMap((one) => one.cases.filter((name) => !cases.includes(name)))).toEqual([])
  expect(EXPLAINED.flatMap((one) => one.columns.filter((name) => !columns.includes(name)))).toEqual([])
})
