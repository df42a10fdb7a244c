import { quantile, sorted } from '../../bench/lib/statistics.mjs'
import type { Fault } from './fault.ts'
import type { ServerProcess } from './fleet.ts'
import type { CallRecord, Ending, Told } from './programs/client.ts'
import type { Arrival } from './programs/server.ts'

/** A call that took longer was noticed by somebody, in ms. */
const NOTICED = 500
/** A server has its share again when it gets half of it for so long, in ms. */
const SHARE_WINDOW = 500
/** One is out when it gets no more than a trial for so long, in ms. */
const OUT_WINDOW = 500

/** Not a health check, and not a question to the registry. */
export const isCall = ({ path }: Arrival): boolean => path.startsWith('/call/')

/** When what happened, on the clock that all processes share. */
export interface Times {
  readonly begun: number
  readonly ended: number
  /** All were in use again, or there was no more waiting. */
  readonly over: number
}

/** All that was seen of one fault. */
export interface Observation {
  readonly times: Times
  readonly calls: readonly CallRecord[]
  readonly told: readonly Told[]
  readonly ending: Ending
  /** p99 of how much later than due calls were made, in ms: what a busy machine, and nobody else, is to blame for. */
  readonly late: number
}

/** The numbers that promises are about. */
export interface Measured {
  readonly calls: number
  /** Idempotent calls that failed, and of how many. */
  readonly failed: number
  readonly gets: number
  readonly postsFailed: number
  readonly posts: number
  /** What those that failed ended with. */
  readonly results: Readonly<Record<string, number>>
  readonly p99Before: number
  readonly p99: number
  readonly slow: number
  readonly amplification: number
  /** Until the last victim was out of selection; null: one was not, or that is not promised. */
  readonly ejected: number | null
  /** Until the last server had its share; null: one had not. */
  readonly recovered: number | null
  readonly postsTwice: number
  readonly unfinished: number
  readonly left: { readonly sockets: number; readonly timers: number; readonly inFlight: number }
  /** In MB. */
  readonly heapGrowth: number
  readonly uncaught: number
  readonly late: number
}

export function measure(
  { times, calls, told, ending, late }: Observation,
  { promised }: Fault,
  servers: readonly ServerProcess[],
  victims: readonly ServerProcess[],
  recovered: number | null,
): Measured {
  const { begun, ended } = times
  // Those that were under way when it began have met it too.
  const since = calls.filter(({ at, latency }) => at + latency >= begun)
  const before = latencies(calls.filter(({ at, latency }) => at + latency < begun))
  const during = latencies(since.filter(({ at }) => at < ended))
  const failures = since.filter(({ result }) => result !== 'ok')
  const numbers = new Set(since.map(({ number }) => number))
  const count = (method: string, of: readonly CallRecord[]) =>
    of.filter((one) => one.method === method).length
  const paths = servers.flatMap(({ arrivals }) => arrivals).filter(isCall)
  const posts = paths.filter(({ method }) => method === 'POST').map(({ path }) => path)
  const { before: base, after, inFlight, uncaught } = ending
  return {
    calls: since.length,
    failed: count('GET', failures),
    gets: count('GET', since),
    postsFailed: count('POST', failures),
    posts: count('POST', since),
    results: tally(failures.map(({ result }) => result)),
    p99Before: quantile(before, 0.99),
    p99: quantile(during, 0.99),
    slow: since.filter(({ latency }) => latency > NOTICED).length,
    amplification: paths.filter(({ path }) => numbers.has(numberOf(path))).length / since.length,
    ejected: promised.ejected === undefined ? null : lastOut(told, victims, times),
    recovered,
    postsTwice: posts.length - new Set(posts).size,
    unfinished: calls.filter(({ result }) => result === 'none').length,
    left: { sockets: after.sockets, timers: after.timers, inFlight },
    heapGrowth: (after.heap - base.heap) / 2 ** 20,
    uncaught: uncaught.length,
    late,
  }
}

/** When a server was in use again: its third call, since the first may be a trial. */
export function inUseSince({ arrivals }: ServerProcess, from: number): number | undefined {
  return arrivals.filter((arrival) => arrival.at >= from && isCall(arrival))[2]?.at
}

/**
 * When a server had half of its share again, `undefined` if it has not yet: the beginning of the first window in
 * which that many calls came.
 */
export function shareSince({ arrivals }: ServerProcess, from: number, perSecond: number): number | undefined {
  const calls = arrivals.filter((arrival) => arrival.at >= from && isCall(arrival))
  const least = Math.max(2, Math.floor((perSecond * SHARE_WINDOW) / 1000 / 2))
  return calls.find(
    ({ at }, i) => (calls[i + least - 1]?.at ?? Number.POSITIVE_INFINITY) - at <= SHARE_WINDOW,
  )?.at
}

/**
 * When an endpoint was out of selection, `undefined` if never: the beginning of the first window in which at most one
 * attempt began there, as a trial does. Whether it was ejected or only passed over is the same to callers.
 */
function outSince(attempts: readonly number[], begun: number): number | undefined {
  return [begun, ...attempts].find(
    (from) => attempts.filter((at) => at > from && at <= from + OUT_WINDOW).length <= 1,
  )
}

/** Until the last of the victims was out. */
function lastOut(
  told: readonly Told[],
  victims: readonly ServerProcess[],
  { begun, ended }: Times,
): number | null {
  const out = victims.map(({ url }) => {
    const own = told.filter((one) => one.event === 'attempt' && one.url === url)
    const starts = own.map(({ at, latency }) => at - (latency || 0)).sort((a, b) => a - b)
    return outSince(
      starts.filter((at) => at >= begun && at < ended),
      begun,
    )
  })
  return out.includes(undefined) ? null : Math.max(0, ...out.map((at) => at! - begun))
}

/** See `Observation.late`. */
export function lateness(calls: readonly CallRecord[]): number {
  return quantile(sorted(calls.map(({ late }) => late)), 0.99)
}

/** Of a call: `/call/1/42`. */
const numberOf = (path: string) => Number(path.slice(path.lastIndexOf('/') + 1))

function latencies(calls: readonly CallRecord[]): Float64Array {
  return sorted(calls.map(({ latency }) => latency))
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}
