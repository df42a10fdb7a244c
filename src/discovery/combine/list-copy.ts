import type { EndpointInput } from '../../core/endpoint.js'
import { describe } from '../../core/errors.js'
import { Listing } from '../listed.js'

const VERSION = 1
/** Names of metadata that are not written: whoever can read the copy is not always who may know. */
const SECRET = /passw|pwd|secret|token|credential|(api|private|access)[_-]?key|authorization|cookie/i

/** A list as it is kept. */
export interface ListCopy {
  /** When it was true, in ms since the epoch. */
  readonly at: number
  readonly endpoints: readonly EndpointInput[]
}

/** Writes lists as text: of what can be used, and without what looks like a secret. */
export class CopyWriter {
  readonly #listing = new Listing()

  /** The endpoints as JSON; nothing where there is none to keep. */
  write(list: readonly EndpointInput[]): string | undefined {
    // Only what was understood is written, so no URL with a password either: those are no endpoints.
    const endpoints = this.#listing.read(list).flatMap(({ endpoint }) => endpoint ?? [])
    if (endpoints.length === 0) return undefined
    return JSON.stringify(endpoints, (name, value) => (SECRET.test(name) ? undefined : value))
  }
}

export function copyText(endpoints: string, at: number): string {
  return `{"version":${VERSION},"at":${at},"endpoints":${endpoints}}`
}

/** @throws Error if it is none: a store may have been written by anybody. */
export function readCopy(text: string): ListCopy {
  const copy: unknown = JSON.parse(text)
  const { version, at, endpoints } = Object(copy) as Partial<Record<'version' | 'at' | 'endpoints', unknown>>
  if (version !== VERSION || typeof at !== 'number' || !Array.isArray(endpoints))
    throw new TypeError(`${describe(copy)} is no copy of a list`)
  return { at, endpoints }
}
