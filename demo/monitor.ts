import type { Balancer, EndpointSnapshot } from 'evenkeel'
import type { Entry } from './chronicle.ts'
import type { Lane } from './driver.ts'
import type { Fleet, ServerProcess } from './fleet.ts'
import type { CallRecord, Summary } from './statistics.ts'
import { troubles } from './story.ts'

/** One server as each way sees it. Shares and latencies are those of the last two seconds. */
export interface ServerScene {
  readonly name: string
  readonly weight: number
  readonly balanced: {
    /** 0 to 1. */
    readonly share: number
    /** Smoothed, in ms; undefined before the first answer. */
    readonly latency: number | undefined
    readonly inFlight: number
    readonly endpoint: EndpointSnapshot
    /** Milliseconds until that state ends, where it ends by time. */
    readonly left: number | undefined
  }
  readonly plain: {
    readonly share: number
    readonly latency: number | undefined
    readonly inFlight: number
    /** 0 to 1. */
    readonly failed: number
  }
}

/** Everything that there is to show at one moment. */
export interface Scene {
  /** Seconds since the beginning, and in all. */
  readonly elapsed: number
  readonly seconds: number
  readonly troubles: readonly string[]
  readonly entries: readonly Entry[]
  readonly servers: readonly ServerScene[]
  readonly balanced: Summary
  readonly plain: Summary
  readonly retries: number
}

/** Milliseconds that "now" looks back. */
const WINDOW = 2_000

/** What is watched. */
export interface Watched {
  readonly fleet: Fleet
  readonly balancer: Balancer
  readonly balanced: Lane
  readonly plain: Lane
  readonly entries: readonly Entry[]
  /** On the clock of `performance.now()`. */
  readonly start: number
  readonly seconds: number
}

/** Looks at both ways. */
export class Monitor {
  readonly #watched: Watched
  /** Attempts by server at each look within the window, oldest first. */
  readonly #looks: { readonly at: number; readonly calls: readonly number[] }[] = []

  constructor(watched: Watched) {
    this.#watched = watched
  }

  look(): Scene {
    const { fleet, balancer, balanced, plain, entries, start, seconds } = this.#watched
    // Calls that end after the last was sent count in the totals, but not as "now".
    const elapsed = Math.min(performance.now() - start, seconds * 1000)
    const snapshot = balancer.snapshot()
    const shares = this.#shares(
      elapsed,
      snapshot.endpoints.map(({ calls }) => calls),
    )
    const recent = [...plain.log.since(elapsed - WINDOW)].filter(({ at }) => at <= elapsed)
    return {
      elapsed: elapsed / 1000,
      seconds,
      troubles: troubles(fleet),
      entries,
      servers: fleet.servers.map((server, index) => {
        const endpoint = snapshot.endpoints[index] as EndpointSnapshot
        const left = endpoint.until === undefined ? undefined : Math.max(0, endpoint.until - snapshot.time)
        const { latency, inFlight } = endpoint
        return {
          name: server.spec.name,
          weight: server.spec.weight,
          balanced: { share: shares[index] ?? 0, latency, inFlight, endpoint, left },
          plain: this.#plain(server, recent),
        }
      }),
      balanced: balanced.log.summary(),
      plain: plain.log.summary(),
      // A trial that is slow has a second attempt beside it.
      retries: snapshot.counts.retries + snapshot.counts.hedges,
    }
  }

  /** Share of the attempts since the oldest look that is still within the window. */
  #shares(at: number, calls: readonly number[]): number[] {
    const looks = this.#looks
    looks.push({ at, calls })
    while (looks.length > 2 && at - (looks[1]?.at ?? at) >= WINDOW) looks.shift()
    const before = at < WINDOW ? undefined : looks[0]
    const sent = calls.map((count, index) => count - (before?.calls[index] ?? 0))
    const total = sent.reduce((sum, count) => sum + count, 0)
    return sent.map((count) => (total === 0 ? 0 : count / total))
  }

  #plain({ spec: { name } }: ServerProcess, recent: readonly CallRecord[]) {
    let all = 0
    let here = 0
    let failed = 0
    let sum = 0
    for (const { server, failure, latency } of recent) {
      all++
      if (server !== name) continue
      here++
      if (failure !== undefined) failed++
      else sum += latency
    }
    return {
      share: all === 0 ? 0 : here / all,
      latency: here === failed ? undefined : sum / (here - failed),
      inFlight: this.#watched.plain.inFlight.get(name) ?? 0,
      failed: here === 0 ? 0 : failed / here,
    }
  }
}
