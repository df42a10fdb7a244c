import type { Family } from './look-ups.js'
import type { Reply } from './names.js'

/** What came of a look. */
export interface Learned {
  /** For so many ms, if that is known. */
  readonly goodFor: number | undefined
  /** What went wrong, if only some of it is known. */
  readonly error: unknown
  /** Does something old stand in for that? */
  readonly stale: boolean
}

/** The addresses that a name was last known to have. */
export class KnownName {
  readonly #byFamily = new Map<Family, readonly string[]>()

  get addresses(): readonly string[] {
    return [...new Set([...this.#byFamily.values()].flat())]
  }

  /**
   * Takes over what was found. Where a family is not known, its last addresses stay.
   * @throws if there is nothing to take over
   */
  learn(replies: readonly Reply[]): Learned {
    const { error } = replies.find((reply) => reply.error !== undefined) ?? {}
    const records = replies.flatMap((reply) => reply.records)
    if (records.length === 0) throw error
    const before = new Map(this.#byFamily)
    this.#byFamily.clear()
    let stale = false
    for (const reply of replies) {
      const unknown = reply.error !== undefined
      const addresses = unknown ? before.get(reply.family) : reply.records.map(({ address }) => address)
      if (addresses === undefined || addresses.length === 0) continue
      this.#byFamily.set(reply.family, addresses)
      stale ||= unknown
    }
    return { goodFor: shortest(records.map(({ ttl }) => ttl && ttl * 1000)), error, stale }
  }
}

/** The shortest of some times; `undefined` if none is known. */
export function shortest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined)
  return known.length === 0 ? undefined : known.reduce((a, b) => Math.min(a, b))
}
