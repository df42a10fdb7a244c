/** What is found where a column differs: of objects only what matters, of texts what they look like. */
export type Pattern =
  | string
  | number
  | boolean
  | undefined
  | RegExp
  | readonly Pattern[]
  | { readonly [key: string]: Pattern }

/** A difference from `fetch` that is meant, or cannot be helped. */
export interface Explanation {
  readonly columns: readonly string[]
  readonly cases: readonly string[]
  /** Where each of these cases differs, and what is found there. */
  readonly found: Readonly<Record<string, Pattern>>
  readonly why: string
}
