import type { Dispatcher } from 'undici'

/** Names and values by turns, as they came. */
export type HeaderLines = readonly (Uint8Array | string)[]

/** HTTP/2 has an object of them. */
export function headerLines(given: Dispatcher.DispatchController['rawHeaders']): HeaderLines {
  if (given === undefined || given === null) return []
  if (Array.isArray(given)) return given
  return Object.entries(given).flatMap(([name, value]) =>
    [value ?? []].flat().flatMap((each) => [name, each]),
  )
}

/** The headers of a response, which are what they are. */
export class ResponseHeaders extends Headers {
  #sealed = false

  constructor(raw: HeaderLines) {
    super()
    for (let i = 0; i + 1 < raw.length; i += 2) super.append(text(raw[i]).toLowerCase(), text(raw[i + 1]))
    this.#sealed = true
  }

  override append(name: string, value: string): void {
    if (this.#sealed) refuse((scratch) => scratch.append(name, value))
    super.append(name, value)
  }

  override set(name: string, value: string): void {
    refuse((scratch) => scratch.set(name, value))
  }

  override delete(name: string): void {
    refuse((scratch) => scratch.delete(name))
  }
}

// Who asks what they are gets the answer that he would get of `fetch`.
Object.defineProperty(ResponseHeaders.prototype, 'constructor', { value: Headers })

/** What could be done to no headers is said first, as by the platform. */
function refuse(change: (scratch: Headers) => void): never {
  change(new Headers())
  throw new TypeError('immutable')
}

/** Headers are bytes; whoever reads them sees each as a character. */
function text(given: Uint8Array | string | undefined): string {
  return typeof given === 'string' ? given : Buffer.from(given ?? []).toString('latin1')
}
