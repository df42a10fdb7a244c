import type { Verdict } from './verdict.ts'

/** A case, and how each column compares with `fetch` in it. */
export interface Row {
  readonly name: string
  readonly verdicts: readonly Verdict[]
}

/** As the reports of the benchmarks have it. */
interface Section {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** A section of a report: what differs is numbered by why it does. */
export function tableOf(rows: readonly Row[], columns: readonly string[], why: readonly string[]): Section {
  const cell = ({ unexplained, stale, why: reasons }: Verdict): string => {
    if (unexplained.length > 0 || stale.length > 0) return 'BROKEN'
    if (reasons.length === 0) return 'same'
    return `differs ${reasons.map((reason) => `[${why.indexOf(reason) + 1}]`).join(' ')}`
  }
  return {
    title: 'Transports',
    head: ['case', 'fetch', ...columns],
    rows: rows.map(({ name, verdicts }) => [name, 'right', ...verdicts.map(cell)]),
  }
}

/** All reasons, each once, in the order in which they are met. */
export function reasonsOf(rows: readonly Row[]): readonly string[] {
  return [...new Set(rows.flatMap(({ verdicts }) => verdicts.flatMap(({ why }) => why)))]
}

/** What is wrong with a row; nothing if nothing is. */
export function complaintsOf({ name, verdicts }: Row): readonly string[] {
  return verdicts.flatMap(({ column, unexplained, stale }) => [
    ...unexplained.map(
      ({ path, expected, found }) =>
        `${name}, ${column}: ${path} is ${text(found)}, and with fetch ${text(expected)}`,
    ),
    ...stale.map((path) => `${name}, ${column}: ${path} does not differ as it is explained`),
  ])
}

function text(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}
