import type { GroupPlan } from './check-servers.js'
import type { Server } from './server.js'

/** Stretches of time that plots are drawn by. */
export const BUCKETS = 100
const UNFINISHED = -1

/**
 * Takes down what happens. A latency for each request, in the order of arrival, so that percentiles are
 * exact and a stretch of time is a slice; all else is counted by stretch. What happens after the time
 * in which the requests were to arrive counts in the totals only, as a last stretch that is not shown.
 */
export class Recorder {
  readonly latencies: Float64Array
  /** Of each stretch, the first request that arrived in it. */
  readonly starts = new Uint32Array(BUCKETS + 1)
  readonly retries = new Uint32Array(BUCKETS + 1)
  readonly ejections = new Uint32Array(BUCKETS + 1)
  readonly openings = new Uint32Array(BUCKETS + 1)
  /** Attempts by stretch and group. */
  readonly attempts: Uint32Array
  readonly groups: readonly GroupPlan[]
  panics = 0
  arrived = 0
  answered = 0
  failed = 0
  readonly #width: number
  readonly #indexes: ReadonlyMap<GroupPlan, number>
  #bucket = 0

  constructor(groups: readonly GroupPlan[], requests: number, duration: number) {
    this.groups = groups
    this.latencies = new Float64Array(requests).fill(UNFINISHED)
    this.attempts = new Uint32Array((BUCKETS + 1) * groups.length)
    this.#width = duration / BUCKETS
    this.#indexes = new Map(groups.map((group, index) => [group, index]))
  }

  /** A request arrives; returns its number. */
  arrive(now: number): number {
    const bucket = Math.min(BUCKETS - 1, this.bucketAt(now))
    while (this.#bucket < bucket) this.starts[++this.#bucket] = this.arrived
    return this.arrived++
  }

  /** The stretch that a time is in. */
  bucketAt(now: number): number {
    return Math.min(BUCKETS, Math.floor(now / this.#width))
  }

  attempt({ group }: Server, now: number): void {
    const index = this.#indexes.get(group) as number
    this.attempts[this.bucketAt(now) * this.groups.length + index]!++
  }

  answer(request: number, latency: number): void {
    this.latencies[request] = latency
    this.answered++
  }

  fail(request: number): void {
    this.latencies[request] = Number.NaN
    this.failed++
  }

  /** Requests of a stretch, from the first to before the second. */
  range(bucket: number): [number, number] {
    const start = bucket <= this.#bucket ? this.starts[bucket]! : this.arrived
    const end = bucket + 1 <= this.#bucket ? this.starts[bucket + 1]! : this.arrived
    return [start, end]
  }

  /** The latencies of answered requests in a range, sorted. */
  sorted(from: number, to: number): Float64Array {
    return this.latencies
      .slice(from, to)
      .filter((latency) => latency >= 0)
      .sort()
  }

  failures(from: number, to: number): number {
    let count = 0
    for (let i = from; i < to; i++) if (Number.isNaN(this.latencies[i])) count++
    return count
  }
}
