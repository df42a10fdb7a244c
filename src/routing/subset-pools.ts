import type { EndpointSet } from '../core/endpoint-set.js'
import type { Pool } from '../core/pool.js'
import type { SubsetRule } from './subset.js'
import { CallTarget } from './target.js'

/**
 * Subsets that calls asked for themselves and that are kept, the most recently used ones. A subset may be
 * made of what a user sent, so they must be bounded; each costs a table of its endpoints.
 */
const MAX_RECENT = 64

interface Recent {
  readonly target: CallTarget
  readonly pool: Pool
}

/** The pools of subsets: one for each, whoever asks for it. */
export class SubsetPools {
  readonly #endpoints: EndpointSet
  readonly #pinned = new Map<string, Pool>()
  /** The one that was used last comes last. */
  readonly #recent = new Map<string, Recent>()
  #last: Recent | undefined

  constructor(endpoints: EndpointSet) {
    this.#endpoints = endpoints
    this.#pinned.set('', endpoints.whole)
  }

  /** The pool of a rule's subset, which stays. */
  pin({ key, accepts, given }: SubsetRule): Pool {
    const pool = this.#pinned.get(key) ?? this.#endpoints.addPool(accepts, given)
    this.#pinned.set(key, pool)
    return pool
  }

  /** What is kept of a subset that a call asked for before. */
  known(key: string): CallTarget | undefined {
    return this.#recent.get(key)?.target
  }

  /** For a call that asks for a subset itself. */
  targetOf(subset: SubsetRule): CallTarget {
    return this.#use(subset).target
  }

  /** What calls asked for themselves of late. */
  recent(): CallTarget[] {
    return [...this.#recent.values()].map(({ target }) => target)
  }

  readonly #poolOf = (subset: SubsetRule) => this.#use(subset).pool

  #use(subset: SubsetRule): Recent {
    const { key, accepts, given } = subset
    if (this.#last?.target.subset.key === key) return this.#last
    let recent = this.#recent.get(key)
    if (recent === undefined) {
      const pool = this.#pinned.get(key) ?? this.#endpoints.addPool(accepts, given)
      recent = { target: new CallTarget(subset, this.#poolOf), pool }
    } else this.#recent.delete(key)
    this.#recent.set(key, recent)
    this.#last = recent
    if (this.#recent.size > MAX_RECENT) this.#dropOldest()
    return recent
  }

  #dropOldest(): void {
    const [key, { pool }] = this.#recent.entries().next().value as [string, Recent]
    this.#recent.delete(key)
    if (!this.#pinned.has(key)) this.#endpoints.removePool(pool)
  }
}
