import { unref } from '../../runtime/unref.js'
import type { DiscoveryContext, DiscoverySink, DiscoverySource, DiscoveryWatch } from '../source.js'
import { closeAll } from './close-all.js'
import { Followed } from './followed.js'

/** In ms. */
export interface FallbackTimes {
  readonly after: number
  readonly back: number
  readonly maxStale: number
}

const NEVER = Number.POSITIVE_INFINITY

/** Follows sources one after the other, and decides whose list is in use. */
export class FallbackWatch implements DiscoveryWatch {
  readonly #sink: DiscoverySink
  readonly #context: DiscoveryContext
  readonly #times: FallbackTimes
  readonly #parts: readonly Followed[]
  /** When each was begun with. */
  readonly #begun = new Map<Followed, number>()
  #current: Followed | undefined
  #timer: unknown
  #closed = false

  constructor(
    sources: readonly DiscoverySource[],
    times: FallbackTimes,
    sink: DiscoverySink,
    context: DiscoveryContext,
  ) {
    this.#sink = sink
    this.#context = context
    this.#times = times
    const follower = {
      updated: (part: Followed) => {
        if (part === this.#current) this.#publish(part)
        this.#review()
      },
      failed: (part: Followed, error: Error) => {
        // Of one that stands by it is enough that snapshots tell.
        if (part === this.#current || this.#current === undefined) sink.fail(error)
        this.#review()
      },
      warned: (error: unknown) => sink.warn(error),
    }
    this.#parts = sources.map((source) => new Followed(source, context, follower))
    this.#review()
  }

  refresh(): void {
    for (const part of this.#begun.keys()) part.refresh()
  }

  parts() {
    return this.#parts
      .filter((part) => this.#begun.has(part))
      .map((part) => part.status(part === this.#current))
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#context.clock.clearTimer(this.#timer)
    await closeAll(this.#parts)
  }

  #review(): void {
    if (this.#closed) return
    const now = this.#context.clock.now()
    this.#begin(now)
    // By whoever was told of a list that one of them had at once.
    if (this.#closed) return
    const best = this.#parts.find((part) => this.#isUsable(part, now))
    if (best !== undefined && best !== this.#current && now >= this.#changeAt(best, now)) this.#use(best)
    this.#plan(now)
  }

  /** Begins with the first, and with each whose predecessors have nothing to use. */
  #begin(now: number): void {
    for (const part of this.#parts) {
      if (!this.#begun.has(part)) {
        this.#begun.set(part, now)
        // It may have a list, or fail, at once, and be reviewed within.
        part.start()
      }
      if (now < this.#goOnAt(part, now)) return
    }
  }

  #isUsable({ list, emptySince, failingSince = NEVER }: Followed, now: number): boolean {
    return (list?.length ?? 0) > 0 && emptySince === undefined && now < failingSince + this.#times.maxStale
  }

  /** When the one after it is begun with: it has nothing to use, and has said so or had time enough. */
  #goOnAt(part: Followed, now: number): number {
    if (this.#isUsable(part, now)) return NEVER
    return part.answered ? now : this.#begunAt(part) + this.#times.after
  }

  /** When the one in use may be left for another. */
  #changeAt(other: Followed, now: number): number {
    const current = this.#current
    if (current === undefined) return now
    const isEarlier = this.#parts.indexOf(other) < this.#parts.indexOf(current)
    if (isEarlier && this.#isUsable(current, now)) return (other.wellSince ?? NEVER) + this.#times.back
    // Stale for too long, or empty and perhaps only for a moment.
    return current.emptySince === undefined ? now : current.emptySince + this.#times.after
  }

  #begunAt(part: Followed): number {
    return this.#begun.get(part) ?? NEVER
  }

  #use(part: Followed): void {
    const before = this.#current
    this.#current = part
    this.#publish(part)
    if (before === undefined || this.#closed) return
    if (this.#parts.indexOf(part) > this.#parts.indexOf(before))
      this.#sink.warn(new Error(`${before.name} has nothing to use: the list of ${part.name} is taken`))
  }

  #publish({ list, asOf }: Followed): void {
    if (list !== undefined) this.#sink.update(list, asOf)
  }

  /** The next moment at which something may change without anybody saying so. */
  #plan(now: number): void {
    this.#context.clock.clearTimer(this.#timer)
    if (this.#closed) return
    const { maxStale } = this.#times
    const moments = [...this.#begun.keys()].flatMap((part) => [
      this.#goOnAt(part, now),
      (part.failingSince ?? NEVER) + maxStale,
      this.#isUsable(part, now) && part !== this.#current ? this.#changeAt(part, now) : NEVER,
    ])
    const next = Math.min(...moments.filter((at) => at > now))
    if (next === NEVER) return
    this.#timer = this.#context.clock.setTimer(() => this.#review(), next - now)
    unref(this.#timer)
  }
}
