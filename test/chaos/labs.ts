import { Fleet } from './fleet.ts'

/** Fleets for tests that run at the same time: so many, and each used by one test at a time. */
export class Labs implements AsyncDisposable {
  readonly #all: readonly Fleet[]
  readonly #free: Fleet[]
  readonly #waiting: ((fleet: Fleet) => void)[] = []

  constructor(count: number) {
    this.#all = Array.from({ length: count }, () => new Fleet())
    this.#free = [...this.#all]
  }

  /** Does something with a fleet as soon as there is a free one. */
  async use<T>(work: (fleet: Fleet) => Promise<T>): Promise<T> {
    const fleet = this.#free.pop() ?? (await new Promise<Fleet>((resolve) => this.#waiting.push(resolve)))
    try {
      return await work(fleet)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free.push(fleet)
      else next(fleet)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((fleet) => fleet[Symbol.asyncDispose]()))
  }
}
