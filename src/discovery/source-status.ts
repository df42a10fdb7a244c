import { textOf } from '../core/errors.js'

/** How fresh the list of a source is, and what is wrong with it. */
export interface SourceStatus {
  /** The name of the source. */
  readonly source: string
  /** Has there ever been a list? */
  readonly arrived: boolean
  /** The last that was heard is that something is wrong: the list in use is the last good one. */
  readonly stale: boolean
  /** When the list in use was last given, changed or not, in ms since the epoch; for a source. */
  readonly updatedAt?: number
  /** How long ago that is, in ms. */
  readonly age?: number
  /** What last went wrong; also when a list came, and some of it could not be used. */
  readonly error?: string
  /** How often in a row something went wrong since the last list, and since when it has. */
  readonly failures: number
  readonly failingSince?: number
  /** Of a part: is its list in use? */
  readonly inUse?: boolean
  /** Of a source that is made of others: how each of them is. If one in use is stale, or has no list, so is the whole. */
  readonly parts?: readonly SourceStatus[]
}

/** Keeps the books on one source. */
export class Freshness {
  readonly #source: string
  /** What last went wrong, until a list comes. */
  error: unknown
  #updatedAt: number | undefined
  #failures = 0
  /** Since when all that was heard is that something is wrong. */
  failingSince: number | undefined

  constructor(source: string) {
    this.#source = source
  }

  /** A list came and was taken; what was wrong with some of it is still wrong. */
  updated(asOf: number): void {
    this.#updatedAt = asOf
    this.#failures = 0
    this.failingSince = undefined
  }

  failed(error: unknown, now: number): void {
    this.error = error
    this.#failures++
    this.failingSince ??= now
  }

  status(arrived: boolean, now: number, parts: readonly SourceStatus[] = []): SourceStatus {
    const ailing = parts.find((part) => part.inUse !== false && (part.stale || !part.arrived))
    const error = this.error === undefined ? ailing && troubleOf(ailing) : textOf(this.error)
    const since = this.failingSince ?? ailing?.failingSince
    return {
      source: this.#source,
      arrived,
      stale: arrived && (this.#failures > 0 || ailing !== undefined),
      ...(this.#updatedAt !== undefined && {
        updatedAt: this.#updatedAt,
        age: Math.max(0, now - this.#updatedAt),
      }),
      ...(error !== undefined && { error }),
      failures: this.#failures || (ailing?.failures ?? 0),
      ...(since !== undefined && { failingSince: since }),
      ...(parts.length > 0 && { parts }),
    }
  }
}

/** A source may be anybody's, and a snapshot is asked for when things go wrong already. */
export function partsOf(watch: { parts?(): readonly SourceStatus[] }): readonly SourceStatus[] | undefined {
  try {
    const parts = watch.parts?.()
    return Array.isArray(parts) ? parts : undefined
  } catch {
    return undefined
  }
}

function troubleOf({ source, error, arrived }: SourceStatus): string {
  return error ?? `${source} ${arrived ? 'is stale' : 'has no list yet'}`
}
