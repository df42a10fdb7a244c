/** A request as rules see it that decide by what it asks for: hash keys, routes. Not to be changed. */
export interface RequestView {
  /** In capitals. */
  readonly method: string
  /** Below the endpoint's base path, without the query: `/v1/me`. */
  readonly path: string
  /** The query with its question mark, or an empty string. */
  readonly search: string
  readonly headers: Headers
}

/** Says what a request is told by; `undefined` for nothing, and then it goes anywhere. */
export type HashKey = (request: RequestView) => string | undefined
