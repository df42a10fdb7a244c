import type { Case } from './case.ts'
import { type Column, TRUTH } from './columns.ts'
import { differencesOf } from './differences.ts'
import { EXPLAINED } from './explained/all.ts'
import { runCase } from './run-case.ts'
import { judge, type Verdict } from './verdict.ts'

/** Plays a case over `fetch` and the columns, all at a time, and tells how each of them compares with it. */
export async function compare(one: Case, columns: readonly Column[]): Promise<readonly Verdict[]> {
  const [truth, ...others] = await Promise.all([TRUTH, ...columns].map((column) => runCase(one, column)))
  return columns.map(({ name }, i) => judge(one.name, name, differencesOf(truth, others[i]), EXPLAINED))
}
