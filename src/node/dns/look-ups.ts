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
  return codeOf(error) === dns.NOTFOUND
}

/** Says the error that there is no such name, or that it has no such records? Anything else says nothing about them. */
export function isAbsent(error: unknown): boolean {
  return isNoName(error) || codeOf(error) === dns.NODATA
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code
}

/** A server has answered, and is of no use: another one may be. Of those that do not answer c-ares takes care. */
const UNHELPFUL: readonly unknown[] = [dns.SERVFAIL, dns.REFUSED, dns.NOTIMP, dns.FORMERR]

/** Those in use, by what they were opened with. Nothing is left here once the last watch is closed. */
const opened = new Map<string, LookUps>()

/**
 * Questions to name servers. All watches with the same servers share one of these, and whoever asks what is being
 * asked already waits for the same answer. Nothing is kept of answers.
 */
export class LookUps {
  readonly #options: LookUpOptions
  readonly #key: string
  readonly #questions = new Map<string, Promise<unknown>>()
  readonly #attempts = new Set<{ readonly resolver: dns.Resolver }>()
  #users = 0
  #resolver: dns.Resolver | undefined
  /** How many resolvers were given up: each begins with another server. */
  #turn = 0

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
    return this.#once(`system ${name}`, () => dns.lookup(name, { all: true }))
  }

  close(): void {
    if (--this.#users > 0) return
    opened.delete(this.#key)
    for (const { resolver } of this.#attempts) resolver.cancel()
  }

  #ask<T>(question: string, ask: (resolver: dns.Resolver) => Promise<T>): Promise<T> {
    return this.#once(question, async () => {
      for (let asked = 1; ; asked++) {
        this.#resolver ??= this.#newResolver()
        const attempt = { resolver: this.#resolver }
        this.#attempts.add(attempt)
        try {
          return await ask(attempt.resolver)
        } catch (error) {
          if (isAbsent(error)) throw error
          const servers = this.#giveUp(attempt.resolver)
          if (asked >= servers.length || !UNHELPFUL.includes(codeOf(error))) throw unanswered(error, servers)
        } finally {
          this.#attempts.delete(attempt)
        }
      }
    })
  }

  #once<T>(question: string, ask: () => Promise<T>): Promise<T> {
    const key = question.toLowerCase().replace(/\.$/, '')
    const asked = this.#questions.get(key)
    if (asked !== undefined) return asked as Promise<T>
    const answer = ask().finally(() => this.#questions.delete(key))
    this.#questions.set(key, answer)
    return answer
  }

  /** The next one reads anew which servers the system has: they may be others by now. */
  #giveUp(resolver: dns.Resolver): readonly string[] {
    if (this.#resolver === resolver) {
      this.#resolver = undefined
      this.#turn++
    }
    return resolver.getServers()
  }

  #newResolver(): dns.Resolver {
    const { servers: given, timeout } = this.#options
    // It takes nothing but whole milliseconds.
    const resolver = new dns.Resolver({ timeout: Math.ceil(timeout), tries: TRIES })
    const servers = given ?? resolver.getServers()
    const first = this.#turn % servers.length
    if (given !== undefined || first > 0)
      resolver.setServers([...servers.slice(first), ...servers.slice(0, first)])
    return resolver
  }
}

function unanswered(error: unknown, servers: readonly string[]): Error {
  // It names the question and what came of it: `queryA ESERVFAIL users.internal`.
  const reason = error instanceof Error ? error.message : String(error)
  return new Error(`${reason} (asked ${servers.join(', ')})`, { cause: error })
}
