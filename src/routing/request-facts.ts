import { parseCookies } from '../transport/cookies.js'
import type { RequestView } from '../transport/request-view.js'

/** What rules look at of one request: each thing is found out once, however many rules ask, and only if one does. */
export class RequestFacts {
  readonly view: RequestView
  #path: string | undefined
  #headers: Map<string, string | null> | undefined
  #query: URLSearchParams | undefined
  #cookies: Readonly<Record<string, string | undefined>> | undefined

  constructor(view: RequestView) {
    this.view = view
  }

  get path(): string {
    this.#path ??= this.view.path
    return this.#path
  }

  /** The value of a header, its name in small letters; `null` when there is none. */
  header(name: string): string | null {
    this.#headers ??= new Map()
    let value = this.#headers.get(name)
    if (value === undefined) {
      value = this.view.headers.get(name)
      this.#headers.set(name, value)
    }
    return value
  }

  /** The value of a cookie, decoded; `null` when there is none. */
  cookie(name: string): string | null {
    this.#cookies ??= parseCookies(this.header('cookie') ?? '')
    return this.#cookies[name] ?? null
  }

  /** All values of a parameter of the query, decoded. */
  query(name: string): readonly string[] {
    this.#query ??= new URLSearchParams(this.view.search)
    return this.#query.getAll(name)
  }
}
