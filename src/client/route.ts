/** What a call asks of selection: decided once, and the same for all of its attempts. */
export interface Route {
  /** What it is to be told by: the same key goes to the same endpoint, by a policy that hashes. */
  readonly key: string | undefined
}

/** Any endpoint will do. */
export const ANYWHERE: Route = { key: undefined }
