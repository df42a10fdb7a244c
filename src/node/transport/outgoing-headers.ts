/** A name, as it may stand in a request (RFC 9110, token). */
const NAME = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/
/** What may not stand in a value. */
const FORBIDDEN = /[\0\r\n]|[^\0-\xff]/
const AROUND = /^[\t\n\r ]+|[\t\n\r ]+$/g

/** The headers of a request, in their order and with the case that they were given in. */
export class OutgoingHeaders {
  /** Names and values by turns, as they are sent. */
  readonly lines: string[] = []
  /** Where each of them is, by its name in small letters. */
  readonly #at = new Map<string, number>()

  /** @throws TypeError for what `fetch` would refuse */
  static of(given: HeadersInit | undefined): OutgoingHeaders {
    const headers = new OutgoingHeaders()
    if (given === undefined) return headers
    if (typeof given !== 'object' || given === null) throw refused(given)
    const pairs = Symbol.iterator in given ? (given as Iterable<unknown>) : Object.entries(given)
    for (const pair of pairs) {
      const parts = typeof pair === 'object' && pair !== null ? [...(pair as Iterable<unknown>)] : []
      if (parts.length !== 2) throw refused(given)
      headers.append(`${parts[0]}`, `${parts[1]}`)
    }
    return headers
  }

  copy(): OutgoingHeaders {
    const copy = new OutgoingHeaders()
    copy.lines.push(...this.lines)
    for (const [name, at] of this.#at) copy.#at.set(name, at)
    return copy
  }

  has(name: string): boolean {
    return this.#at.has(name)
  }

  append(name: string, given: string): void {
    const value = given.replace(AROUND, '')
    if (!NAME.test(name) || FORBIDDEN.test(value)) throw refused([[name, given]])
    const key = name.toLowerCase()
    const at = this.#at.get(key)
    if (at === undefined) return this.add(name, value)
    const glue = key === 'cookie' ? '; ' : ', '
    this.lines[at + 1] += glue + value
  }

  /** One that stands whatever was said. */
  set(name: string, value: string): void {
    const at = this.#at.get(name)
    if (at === undefined) this.add(name, value)
    else this.lines.splice(at, 2, name, value)
  }

  /** One that is right and not there yet. */
  add(name: string, value: string): void {
    this.#at.set(name.toLowerCase(), this.lines.length)
    this.lines.push(name, value)
  }

  /** One that stands if nothing was said. */
  addMissing(name: string, value: string): void {
    if (!this.has(name)) this.add(name, value)
  }

  /** @param name in small letters */
  delete(name: string): void {
    const at = this.#at.get(name)
    if (at === undefined) return
    this.lines.splice(at, 2)
    this.#at.delete(name)
    for (const [other, place] of this.#at) if (place > at) this.#at.set(other, place - 2)
  }
}

/** What is wrong with them, in the platform's own words. */
function refused(given: unknown): TypeError {
  try {
    new Request('http://evenkeel.invalid/', { headers: given as HeadersInit })
  } catch (error) {
    return error as TypeError
  }
  return new TypeError('These headers cannot be sent')
}
