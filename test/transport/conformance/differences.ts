import type { Observation } from './run-case.ts'

/** Where two observations part, and what each of them says there. */
export interface Difference {
  readonly path: string
  readonly expected: Observation | undefined
  readonly found: Observation | undefined
}

type Fields = Readonly<Record<string, Observation>>

/** All differences, each as deep as it can be told. Lists of different lengths differ as a whole. */
export function differencesOf(
  expected: Observation | undefined,
  found: Observation | undefined,
  path = '',
): readonly Difference[] {
  const [one, other] = [fieldsOf(expected), fieldsOf(found)]
  if (one === undefined || other === undefined || !comparable(expected, found)) {
    return Object.is(expected, found) ? [] : [{ path, expected, found }]
  }
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...keys].flatMap((key) => differencesOf(one[key], other[key], path === '' ? key : `${path}.${key}`))
}

function fieldsOf(value: Observation | undefined): Fields | undefined {
  return typeof value === 'object' && value !== null ? (value as Fields) : undefined
}

function comparable(one: Observation | undefined, other: Observation | undefined): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return Array.isArray(one) === Array.isArray(other)
  return one.length === other.length
}
