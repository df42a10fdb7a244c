/**
 * Tells of a rule that does not hold at once and, so as not to flap, of one that holds again only when it
 * has for a while.
 */
export class RedundancyAlarm {
  readonly #restoreAfter: number
  #heldSince: number | undefined
  #toldShort = false
  /** Since when it is lost; `undefined` when it is not, or has been told to be restored. */
  lostAt: number | undefined

  constructor(restoreAfter: number) {
    this.#restoreAfter = restoreAfter
  }

  /** When it would be restored if nothing changes. */
  get restoredAt(): number {
    return this.#heldSince === undefined ? Number.POSITIVE_INFINITY : this.#heldSince + this.#restoreAfter
  }

  /** What is to be told now. A loss is told twice when it comes to be short as well. */
  update(
    { redundant, short }: { redundant: boolean; short: boolean },
    now: number,
  ): 'lost' | 'restored' | undefined {
    if (!redundant) {
      this.#heldSince = undefined
      if (this.lostAt !== undefined && (this.#toldShort || !short)) return undefined
      this.lostAt ??= now
      this.#toldShort = short
      return 'lost'
    }
    if (this.lostAt === undefined) return undefined
    this.#heldSince ??= now
    if (now < this.restoredAt) return undefined
    this.lostAt = undefined
    this.#heldSince = undefined
    this.#toldShort = false
    return 'restored'
  }
}
