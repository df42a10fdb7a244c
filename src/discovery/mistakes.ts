/** As many are told one by one: whoever listens is not to hear of a hundred thousand. */
const MOST = 10

/** What is wrong with single entries of a list that is of use all the same. */
export class Mistakes {
  readonly #told: unknown[] = []
  #count = 0

  add(error: unknown): void {
    this.#count++
    if (this.#told.length < MOST) this.#told.push(error)
  }

  get first(): unknown {
    return this.#told[0]
  }

  /** The first ones, and how many more there are. */
  report(to: (error: unknown) => void): void {
    for (const error of this.#told) to(error)
    const more = this.#count - this.#told.length
    if (more > 0) to(new Error(`${more} more entries of the list cannot be used`))
  }
}
