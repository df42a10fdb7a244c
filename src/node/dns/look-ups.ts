import { promises as dns, type LookupAddress, type RecordWithTtl, type SrvRecord } from 'node:dns'

/** Which servers are asked, and for how long they have to answer. */
export interface LookUpOptions {
  /** IP addresses, with or without ports. Default: those that the system is configured with. */
  readonly servers: readonly string[] | undefined
  /** Of the first try, in ms; those after it get longer. */
  readonly timeout: number
}

/** 4: A records; 6: AAAA records. */
export type Family = 4 | 6

/** How often a question is sent to a server. A datagram that is lost costs one timeout. */
const TRIES = 3

/** Says the error that there is no such name? */
export function isNoName(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === dns.NOTFOUND
}

/** Says the error that there is no such name, or that it has no such records? Anything else says nothing about them. */
export function isAbsent(error: unknown): boolean {
  return isNoName(error) || (error as { code?: unknown } | undefined)?.code === dns.NODATA
}

interface Question {
  readonly answer: Promise<unknown>
  readonly resolver: dns.Resolver | undefined
}

/** Those in use, by what they were opened with. Nothing is left here once the last watch is closed. */
const opened = new Map<string, LookUps>()

/**
 * Questions to name servers. All watches with the same servers share one of these, and whoever asks what is being
 * asked already waits for the same answer. Nothing is kept of answers.
 */
export class LookUps {
  readonly #options: LookUpOptions
  readonly #key: string
  readonly #questions = new Map<string, Question>()
  #users = 0
  #resolver: dns.Resolver | undefined

  private constructor(options: LookUpOptions, key: string) {
    this.#options = options
    this.#key = key
  }

  /** Each of these has to be closed. */
  static open(options: LookUpOptions): LookUps {
    const key = JSON.stringify([options.servers, options.timeout])
    const lookUps = opened.get(key) ?? new LookUps(options, key)
    opened.set(key, lookUps)
    lookUps.#users++
    return lookUps
  }

  /** A or AAAA records. Rejects when there are none: {@link isAbsent}. */
  addresses(name: string, family: Family): Promise<readonly RecordWithTtl[]> {
    return this.#ask(`${family} ${name}`, (resolver) =>
      family === 4 ? resolver.resolve4(name, { ttl: true }) : resolver.resolve6(name, { ttl: true }),
    )
  }

  /** SRV records. Rejects when there are none: {@link isAbsent}. */
  services(name: string): Promise<readonly SrvRecord[]> {
    return this.#ask(`SRV ${name}`, (resolver) => resolver.resolveSrv(name))
  }

  /** What the system makes of a name, by whatever it is configured with. Nobody can cancel that. */
  system(name: string): Promise<readonly LookupAddress[]> {
    return this.#once(`system ${name}`, undefined, () => dns.lookup(name, { all: true }))
  }

  close(): void {
    if (--this.#users > 0) return
    opened.delete(this.#key)
    for (const { resolver } of this.#questions.values()) resolver?.cancel()
  }

  #ask<T>(question: string, ask: (resolver: dns.Resolver) => Promise<T>): Promise<T> {
    this.#resolver ??= this.#newResolver()
    const resolver = this.#resolver
    return this.#once(question, resolver, async () => {
      try {
        return await ask(resolver)
      } catch (error) {
        if (isAbsent(error)) throw error
        // The next one reads anew which servers the system has: they may be others by now.
        if (this.#resolver === resolver) this.#resolver = undefined
        throw unanswered(error, resolver.getServers())
      }
    })
  }

  #once<T>(question: string, resolver: dns.Resolver | undefined, ask: () => Promise<T>): Promise<T> {
    const key = question.toLowerCase().replace(/\.$/, '')
    const asked = this.#questions.get(key)
    if (asked !== undefined) return asked.answer as Promise<T>
    const answer = ask().finally(() => this.#questions.delete(key))
    this.#questions.set(key, { answer, resolver })
    return answer
  }

  #newResolver(): dns.Resolver {
    const { servers, timeout } = this.#options
    const resolver = new dns.Resolver({ timeout, tries: TRIES })
    if (servers !== undefined) resolver.setServers(servers)
    return resolver
  }
}

function unanswered(error: unknown, servers: readonly string[]): Error {
  const reason = error instanceof Error ? error.message : String(error)
  return new Error(`${reason} (asked ${servers.join(', ')})`, { cause: error })
}
