import type { LiveEndpoint } from './endpoint.js'

/** Share of those who are there that may have gone before the map is made anew. */
const GONE = 1 / 8

/**
 * Endpoints by id, in order of arrival.
 *
 * V8 leaves what is deleted in the chains of a map until the whole of it is full. An id that comes and
 * goes finds all of its former entries in its way: thousands, in a list of ten thousand.
 */
export class Roster {
  #byId = new Map<string, LiveEndpoint>()
  #gone = 0

  get size(): number {
    return this.#byId.size
  }

  get(id: string): LiveEndpoint | undefined {
    return this.#byId.get(id)
  }

  all(): IterableIterator<LiveEndpoint> {
    return this.#byId.values()
  }

  add(endpoint: LiveEndpoint): void {
    if (this.#gone > this.#byId.size * GONE) {
      this.#byId = new Map(this.#byId)
      this.#gone = 0
    }
    this.#byId.set(endpoint.id, endpoint)
  }

  remove(endpoint: LiveEndpoint): void {
    if (this.#byId.delete(endpoint.id)) this.#gone++
  }
}
