import { hash32, unitOf } from '../core/hash.js'
import type { Random } from '../core/random.js'

/** Something that gets a share. */
export interface Weighted {
  readonly weight: number
  /** What it is told by, in every process. */
  readonly id: string
}

/** So that who is in a canary does not depend on where its key is put on a ring. */
const SPLIT_SEED = 0x27d4eb2f

/**
 * Divides calls among a few by weight: by chance or, with a key, so that the same key always gets the
 * same one, in every process.
 *
 * By key it is weighted rendezvous hashing: each draws a number u in (0, 1) from the key, and the least
 * -ln(u) / weight wins. Whoever's weight grows relative to all others keeps every key that it has and
 * takes some of theirs, whatever the order they are listed in.
 *
 * Source: C. Schindelhauer and G. Schomaker, "Weighted distributed hash tables", SPAA 2005.
 */
export class Split<T extends Weighted> {
  readonly #members: readonly T[]
  readonly #seeds: readonly number[]
  readonly #total: number

  /** At least one, with weights above 0. */
  constructor(members: readonly T[]) {
    this.#members = members
    this.#seeds = members.map(({ id }) => hash32(id, SPLIT_SEED))
    this.#total = members.reduce((sum, { weight }) => sum + weight, 0)
  }

  choose(key: string | undefined, random: Random): T {
    const members = this.#members
    if (members.length === 1) return members[0]!
    return key === undefined ? this.#draw(random) : this.#choiceOf(key)
  }

  #draw(random: Random): T {
    const members = this.#members
    let left = random() * this.#total
    for (const member of members) {
      left -= member.weight
      if (left < 0) return member
    }
    // Rounding may leave a crumb.
    return members.at(-1)!
  }

  #choiceOf(key: string): T {
    const members = this.#members
    let chosen = 0
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i < members.length; i++) {
      // Half a step up, since the logarithm of 0 is no number.
      const u = unitOf(hash32(key, this.#seeds[i]!) + 0.5)
      const score = -Math.log(u) / members[i]!.weight
      if (score >= least) continue
      least = score
      chosen = i
    }
    return members[chosen]!
  }
}
