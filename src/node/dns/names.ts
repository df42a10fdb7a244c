import type { SrvRecord } from 'node:dns'
import { isIP } from 'node:net'
import { addressesIn } from './hosts-file.js'
import { type Family, isAbsent, isNoName, type LookUps } from './look-ups.js'
import { searchList } from './search-list.js'
import { read, type SystemFiles } from './system-files.js'

/** What was found of one family: nothing, when there is nothing or, with an `error`, when it is not known. */
export interface Reply {
  readonly family: Family
  /** With the seconds for which each is good, where that is known. */
  readonly records: readonly { readonly address: string; readonly ttl?: number }[]
  readonly error?: unknown
}

/**
 * Finds out what names stand for, as programs of this machine are used to: by its hosts file, by name servers and
 * with their search list, and by whatever else it is configured with. Without `files` name servers are all there is,
 * and a name is what it says.
 */
export class Names {
  readonly #lookUps: LookUps
  readonly #files: SystemFiles | undefined

  constructor(lookUps: LookUps, files: SystemFiles | undefined) {
    this.#lookUps = lookUps
    this.#files = files
  }

  /** Rejects when there is no such name, or nothing behind it. Some of the replies may be errors, or all. */
  async addresses(name: string, families: readonly Family[], signal: AbortSignal): Promise<readonly Reply[]> {
    const local = await this.#inHosts(name)
    const fromHosts = byFamily(local, families)
    if (fromHosts !== undefined) return fromHosts
    const tried = await this.#searchList(name)
    for (const candidate of tried) {
      signal.throwIfAborted()
      const replies = await this.#ask(candidate, families)
      if (replies !== undefined) return replies
    }
    signal.throwIfAborted()
    const fromSystem = byFamily(await this.#inSystem(name), families)
    if (fromSystem !== undefined) return fromSystem
    throw nothing(`no address (${families.map((family) => `IPv${family}`).join(', ')})`, name, tried)
  }

  /** Rejects when there are none. */
  async services(name: string, signal: AbortSignal): Promise<readonly SrvRecord[]> {
    const tried = await this.#searchList(name)
    for (const candidate of tried) {
      signal.throwIfAborted()
      try {
        const records = await this.#lookUps.services(candidate)
        if (records.length > 0) return records
      } catch (error) {
        // The next name may be somebody else's: only who certainly is not there is passed over.
        if (!isAbsent(error)) throw error
      }
    }
    throw nothing('no SRV record', name, tried)
  }

  /** `undefined`: there is no such name. */
  async #ask(name: string, families: readonly Family[]): Promise<readonly Reply[] | undefined> {
    let noName = false
    const replies = await Promise.all(
      families.map(async (family): Promise<Reply> => {
        try {
          return { family, records: await this.#lookUps.addresses(name, family) }
        } catch (error) {
          noName ||= isNoName(error)
          return isAbsent(error) ? { family, records: [] } : { family, records: [], error }
        }
      }),
    )
    if (replies.some(({ records }) => records.length > 0)) return replies
    // One family says it for all of them.
    return noName || replies.every(({ error }) => error === undefined) ? undefined : replies
  }

  /** A name that ends with a dot is one of the DNS, and whole. */
  #filesFor(name: string): SystemFiles | undefined {
    return name.endsWith('.') ? undefined : this.#files
  }

  async #inHosts(name: string): Promise<readonly string[]> {
    const files = this.#filesFor(name)
    return files === undefined ? [] : addressesIn(await read(files.hosts), name)
  }

  async #searchList(name: string): Promise<readonly string[]> {
    const files = this.#filesFor(name)
    return files === undefined ? [name] : searchList(name, await read(files.resolvConf))
  }

  /** Multicast DNS, domains of single interfaces, NIS, Windows' suffixes: all that name servers do not know. */
  async #inSystem(name: string): Promise<readonly string[]> {
    if (this.#filesFor(name) === undefined) return []
    try {
      return (await this.#lookUps.system(name)).map(({ address }) => address)
    } catch (error) {
      if (isNoName(error)) return []
      throw error
    }
  }
}

/** `undefined`: none of these families. */
function byFamily(addresses: readonly string[], families: readonly Family[]): readonly Reply[] | undefined {
  const replies = families.map((family) => ({
    family,
    records: addresses.filter((address) => isIP(address) === family).map((address) => ({ address })),
  }))
  return replies.some(({ records }) => records.length > 0) ? replies : undefined
}

function nothing(what: string, name: string, tried: readonly string[]): Error {
  const others = tried.length === 1 && tried[0] === name ? '' : `; tried ${tried.join(', ')}`
  return new Error(`there is ${what} of ${name}${others}`)
}
