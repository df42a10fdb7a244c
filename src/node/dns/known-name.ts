import type { Family } from './look-ups.js'
import type { Reply } from './names.js'

/** The addresses that a name was last known to have. */
export class KnownName {
  readonly #byFamily = new Map<Family, readonly string[]>()

  get addresses(): readonly string[] {
    return [...new Set([...this.#byFamily.values()].flat())]
  }

  /**
   * Takes over what was found. Where a family is not known, its last addresses stay. Returns the ms for which it is
   * good, if that is known, and what went wrong.
   * @throws if there is nothing to take over
   */
  learn(replies: readonly Reply[]): { readonly goodFor: number | undefined; readonly error: unknown } {
    const { error } = replies.find((reply) => reply.error !== undefined) ?? {}
    const records = replies.flatMap((reply) => reply.records)
    if (records.length === 0) throw error
    for (const family of this.#byFamily.keys())
      if (!replies.some((reply) => reply.family === family)) this.#byFamily.delete(family)
    for (const reply of replies) {
      if (reply.error !== undefined) continue
      this.#byFamily.set(
        reply.family,
        reply.records.map(({ address }) => address),
      )
    }
    return {
      goodFor: shortest(records.map(({ ttl }) => (ttl === undefined ? undefined : ttl * 1000))),
      error,
    }
  }
}

/** The shortest of some times; `undefined` if none is known. */
export function shortest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined)
  return known.length === 0 ? undefined : known.reduce((a, b) => Math.min(a, b))
}
