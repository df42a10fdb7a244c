// The process of the callers: one balancer, and calls at given times whatever comes of the earlier ones.
import type { Balancer, BalancerEventName, BalancerOptions } from 'evenkeel'
import { sharedNow } from '../../../bench/lib/clock.mjs'
import { openLoop } from '../../../bench/lib/open-loop.mjs'
import { obey } from '../../../bench/lib/program.mjs'
import { poisson } from '../../../bench/lib/schedule.mjs'
import { seeded } from '../../../bench/lib/seeded.mjs'
import { polled } from './polled-source.ts'
import { countTimers, openSockets, openTimers, type Resources, resources, settled } from './resources.ts'

/** How the balancer of a run is made; all of it can be sent to another process. */
export interface Setup {
  /** URL of the library's module. */
  readonly library: string
  readonly urls: readonly string[]
  /** Options that are plain data. */
  readonly options: BalancerOptions
  /** The name of a policy that is not the default one. */
  readonly policy?: PolicyName
  /** Of `httpCheck`. */
  readonly check: {
    readonly path: string
    readonly interval?: number
    readonly fastInterval?: number
    readonly timeout?: number
  }
  /** Asks this server for its endpoints, instead of `urls`. */
  readonly registry: string | undefined
}

export type PolicyName = 'leastRequest' | 'peakEwma' | 'random' | 'roundRobin'

export interface LoadOrder {
  readonly startAt: number
  readonly seed: number
  readonly perSecond: number
  /** The share of POSTs. */
  readonly posts: number
  /** At most so long, in ms. */
  readonly lasts: number
}

export interface FailedQuestion {
  readonly urls: readonly string[]
  readonly since: number
}

/** One call, in the order of their times. */
export interface CallRecord {
  /** The last part of its path. */
  readonly number: number
  /** When it was due, on the clock that all processes share. */
  readonly at: number
  /** From then to the end of its body. */
  readonly latency: number
  /** How much later than due it was made: this process, or the machine, had something else to do. */
  readonly late: number
  readonly method: 'GET' | 'POST'
  /** What came of it: `'ok'`, a status, the code of an error, `'body'` for one that broke off, or `'none'`. */
  readonly result: string
}

/** Something that happened to an endpoint. */
export interface Told {
  readonly at: number
  readonly event: BalancerEventName
  readonly url: string | undefined
  /** Of an attempt. */
  readonly kind?: string
  readonly latency?: number
}

/** The end of a client: what it leaves behind. */
export interface Ending {
  readonly inFlight: number
  readonly before: Resources
  readonly after: Resources
  readonly uncaught: readonly string[]
}

const WATCHED: readonly BalancerEventName[] = [
  'attempt',
  'checked',
  'ejected',
  'readmitted',
  'circuitopened',
  'circuitclosed',
  'unhealthy',
  'healthy',
  'cooldown',
  'endpointadded',
  'drained',
  'discoveryfailed',
]
/** Given to calls that are under way at the end. */
const GRACE = 20_000
/** For idle connections to be closed, and for the beat of the event loop's watch to be heard for the last time, in ms. */
const PATIENCE = 6_000

let balancer: Balancer
let before: Resources
let told: Told[] = []
let uncaught: string[] = []
let stop = new AbortController()
/** Set once: a client may have several balancers, one after the other. */
let baseSockets: number | undefined

for (const event of ['unhandledRejection', 'uncaughtException'])
  process.on(event, (error) => uncaught.push(String(error?.stack ?? error)))
countTimers()

obey({
  async prepare({ library, urls, options, policy, check, registry }: Setup) {
    const { createBalancer, httpCheck, ...exported } = (await import(library)) as typeof import('evenkeel')
    baseSockets ??= openSockets()
    told = []
    uncaught = []
    stop = new AbortController()
    // What the platform loads with its first fetch is not ours.
    await Promise.all(urls.map(async (url) => (await fetch(url + check.path)).text()))
    before = await resources()
    const from = registry === undefined ? { endpoints: urls } : { discovery: polled(`${registry}/endpoints`) }
    balancer = createBalancer({
      ...{ ...from, healthCheck: httpCheck(check), ...options },
      ...(policy !== undefined && { policy: exported[policy]() }),
    })
    for (const event of WATCHED) balancer.on(event, (about: object) => note(event, about))
  },
  async load({ startAt, seed, perSecond, posts, lasts }: LoadOrder): Promise<CallRecord[]> {
    const random = seeded(seed)
    const { times } = poisson({ seed, perSecond, from: 0, to: lasts, meanDemand: 0 })
    const methods = times.map(() => (random() < posts ? 'POST' : 'GET'))
    const results = times.map(() => 'none')
    const { latency, late } = await openLoop({
      ...{ times, startAt, grace: GRACE, stop: stop.signal },
      send: async (i: number) => {
        results[i] = await call(methods[i]!, `/call/${seed}/${i}`)
        return true
      },
    })
    const made = latency.findLastIndex((one: number) => !Number.isNaN(one)) + 1
    return times.slice(0, made).map((time, i) => ({
      ...{ number: i, at: startAt + time, latency: latency[i]!, late: late[i]! },
      ...{ method: methods[i]!, result: results[i]! },
    }))
  },
  stop: () => stop.abort(),
  setEndpoints: (urls: string[]) => balancer.setEndpoints(urls),
  /** Nothing happens in this process for so long: a synchronous wait, which costs the machine nothing. */
  block: (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms),
  /** The clock on the wall goes on by so much, or back. */
  jump(ms: number) {
    const { now } = Date
    Date.now = () => now() + ms
  },
  resources,
  /** Has each of them failed an attempt since then, or so many checks that it gets no more? */
  failed: ({ urls, since }: FailedQuestion) =>
    urls.every((url) => told.some((one) => one.at >= since && one.url === url && isFailure(one))),
  /** What has been told since it was last asked for. */
  told() {
    const all = told
    told = []
    return all
  },
  async finish(): Promise<Ending> {
    const inFlight = balancer.snapshot().endpoints.reduce((sum, endpoint) => sum + endpoint.inFlight, 0)
    await balancer.close()
    const base = baseSockets ?? 0
    await settled(() => openSockets() <= base && openTimers() === 0, PATIENCE)
    const after = await resources()
    const left = { ...after, sockets: after.sockets - base }
    return { inFlight, before, after: left, uncaught }
  },
})

const isFailure = ({ event, kind }: Told) =>
  event === 'unhealthy' || (event === 'attempt' && kind !== 'success')

async function call(method: string, path: string): Promise<string> {
  let response: Response
  try {
    const body = method === 'POST' ? { body: '{"amount":1}' } : {}
    response = await balancer.fetch(path, { method, ...body })
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error)
  }
  try {
    await response.text()
  } catch {
    return 'body'
  }
  return response.ok ? 'ok' : String(response.status)
}

function note(event: BalancerEventName, about: object): void {
  const { endpoint, kind, latency } = about as Partial<{ endpoint: { url: string } } & Told>
  told.push({
    ...{ at: sharedNow(), event, url: endpoint?.url },
    ...(kind !== undefined && { kind }),
    ...(latency !== undefined && { latency }),
  })
}
