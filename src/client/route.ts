import type { Pool } from '../core/pool.js'

/** What a call asks of selection: decided once, and the same for all of its attempts. */
export interface Route {
  /** What it is told by: the same key goes to the same endpoint, by a policy that hashes. */
  readonly key: string | undefined
  /** Where it may go; `undefined` for anywhere. */
  readonly pool: Pool | undefined
  /** Where it goes while nobody can be picked there; `undefined` for nowhere else. */
  readonly fallback: Pool | undefined
}

/** Any endpoint will do. */
export const ANYWHERE: Route = { key: undefined, pool: undefined, fallback: undefined }
