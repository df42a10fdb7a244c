import type { Observation } from './run-case.ts'

/** A difference from `fetch` that is meant, or cannot be helped. */
export interface Explanation {
  readonly columns: readonly string[]
  readonly cases: readonly string[]
  /** Where it differs, and what is found there. */
  readonly found: Readonly<Record<string, Observation | undefined>>
  readonly why: string
}

export const EXPLAINED: readonly Explanation[] = []
