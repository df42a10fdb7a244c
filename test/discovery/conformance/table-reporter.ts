import { markdownTable } from 'markdown-table'
import type { TestCase, TestModule } from 'vitest/node'
import { CASE_NAMES, type CaseName } from './harness.ts'

interface Row {
  readonly results: Map<CaseName, string>
  readonly without: Readonly<Partial<Record<CaseName, string>>>
}

/** Prints which source passed which case, and why some do not apply: `npm run test:discovery`. */
export default class TableReporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = new Map<string, Row>()
    for (const module of modules) for (const test of module.children.allTests()) enter(test, rows)
    process.stdout.write(`${conformanceTable(rows)}\n`)
    // A file that cannot be loaded has no tests, and no row.
    for (const module of modules)
      for (const error of module.errors()) process.stdout.write(`${error.stack}\n`)
  }
}

function enter(test: TestCase, rows: Map<string, Row>): void {
  const told = test.meta().discovery
  if (told === undefined) return
  const row = rows.get(told.source) ?? { results: new Map(), without: told.without ?? {} }
  rows.set(told.source, row)
  const { state, errors } = test.result()
  // Not every list can be as long as the case would have it.
  const ok = told.case === 'one of many' ? `ok (${told.most})` : 'ok'
  row.results.set(told.case, state === 'passed' ? ok : 'FAILED')
  for (const error of errors ?? []) process.stdout.write(`${told.source}, ${told.case}: ${error.stack}\n\n`)
}

function conformanceTable(rows: ReadonlyMap<string, Row>): string {
  const reasons: string[] = []
  const numberOf = (reason: string) => {
    if (!reasons.includes(reason)) reasons.push(reason)
    return reasons.indexOf(reason) + 1
  }
  const cell = ({ results, without }: Row, name: CaseName) => {
    const reason = without[name]
    return reason === undefined ? (results.get(name) ?? 'MISSING') : `- (${numberOf(reason)})`
  }
  const table = markdownTable([
    ['', ...rows.keys()],
    ...CASE_NAMES.map((name) => [name, ...[...rows.values()].map((row) => cell(row, name))]),
  ])
  const cells = [...rows.values()].flatMap((row) => CASE_NAMES.map((name) => cell(row, name)))
  const ok = cells.filter((text) => text.startsWith('ok')).length
  const exempt = cells.filter((text) => text.startsWith('-')).length
  return [
    table,
    '',
    ...reasons.map((reason, i) => `(${i + 1}) ${reason}`),
    '',
    `${rows.size} sources, ${ok} of ${cells.length - exempt} cases passed, ${exempt} do not apply`,
  ].join('\n')
}
