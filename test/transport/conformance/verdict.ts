import type { Difference } from './differences.ts'
import type { Explanation, Pattern } from './explained/explanation.ts'
import type { Observation } from './run-case.ts'

/** How a column compares with `fetch` in one case. */
export interface Verdict {
  readonly column: string
  /** What differs, and is not explained. */
  readonly unexplained: readonly Difference[]
  /** What was explained, and is not so, or not any more. */
  readonly stale: readonly string[]
  /** Why it differs where it does. */
  readonly why: readonly string[]
}

/** Every difference needs an explanation, and every explanation a difference. */
export function judge(
  name: string,
  column: string,
  differences: readonly Difference[],
  explanations: readonly Explanation[],
): Verdict {
  const mine = explanations.filter(({ cases, columns }) => cases.includes(name) && columns.includes(column))
  const explains = ({ found }: Explanation, difference: Difference): boolean =>
    difference.path in found && matches(found[difference.path], difference.found)
  return {
    column,
    unexplained: differences.filter((difference) => !mine.some((one) => explains(one, difference))),
    stale: mine.flatMap(({ found }) =>
      Object.keys(found).filter((path) => !differences.some((difference) => difference.path === path)),
    ),
    why: mine.map(({ why }) => why),
  }
}

/** Objects may have more in them than the pattern says. */
function matches(pattern: Pattern, found: Observation | undefined): boolean {
  if (pattern instanceof RegExp) return typeof found === 'string' && pattern.test(found)
  if (typeof pattern !== 'object' || typeof found !== 'object' || found === null) return pattern === found
  if (Array.isArray(pattern) && (!Array.isArray(found) || pattern.length !== found.length)) return false
  return Object.entries(pattern).every(([key, part]) =>
    matches(part, (found as Readonly<Record<string, Observation>>)[key]),
  )
}
