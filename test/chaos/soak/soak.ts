import { setTimeout as sleep } from 'node:timers/promises'
import { sharedNow } from '../../../bench/lib/clock.mjs'
import { seeded } from '../../../bench/lib/seeded.mjs'
import type { Fleet, ServerProcess } from '../fleet.ts'
import type { Behaviour } from '../programs/behaviour.ts'
import type { CallRecord, Ending, Setup } from '../programs/client.ts'
import type { Resources } from '../programs/resources.ts'
import { OPTIONS, startClient } from '../run.ts'
import { growth } from './growth.ts'

const SERVERS = 10
const PER_SECOND = 300
/** How long one fault lasts at the most, and how long all is well after it, in ms. */
const FAULT = { longest: 4_000, share: 0.2 }
/** For idle connections to be closed before they are counted, in ms. */
const IDLE = 2_500
/** The first samples are of a process that still warms up. */
const WARM_UP = 0.1
/** What the heap may gain in an hour, in MB: less than 2 % of what such a process has. */
const HEAP_PER_HOUR = 2

export interface Sample extends Resources {
  /** In s since the beginning. */
  readonly at: number
  readonly calls: number
  readonly failed: number
}

export interface SoakResult {
  readonly samples: readonly Sample[]
  /** In MB an hour, by the line that fits the samples best. */
  readonly heapPerHour: number
  readonly broken: readonly string[]
}

/** One thing after another goes wrong for as long as that, and what the process has open is looked at in between. */
export async function soak(
  { fleet, library }: { fleet: Fleet; library: string },
  { seconds, every }: { readonly seconds: number; readonly every: number },
  onSample: (sample: Sample) => void,
): Promise<SoakResult> {
  const servers = await fleet.servers(SERVERS)
  const client = startClient()
  try {
    const urls = servers.map(({ url }) => url)
    const check = { path: '/healthz' }
    const setup: Setup = { library, urls, options: OPTIONS, check, registry: undefined }
    await client.tell('prepare', setup)
    const random = seeded(1)
    const samples: Sample[] = []
    const started = sharedNow()
    for (let seed = 0; sharedNow() < started + seconds * 1000; seed++) {
      const order = { startAt: sharedNow(), seed, perSecond: PER_SECOND, posts: 0, lasts: every * 1000 }
      const load: Promise<CallRecord[]> = client.tell('load', order)
      await trouble(servers, random, order.startAt + order.lasts)
      const calls = await load
      // What was told is of no interest here, and would be a leak of ours.
      await client.tell('told')
      for (const server of servers) server.arrivals = []
      await sleep(IDLE)
      const resources: Resources = await client.tell('resources')
      const failed = calls.filter(({ result }) => result !== 'ok').length
      samples.push({ ...resources, at: (sharedNow() - started) / 1000, calls: calls.length, failed })
      onSample(samples.at(-1)!)
    }
    const ending: Ending = await client.tell('finish')
    return verdict(samples, ending)
  } finally {
    client.stop()
  }
}

const TROUBLES: readonly Behaviour[] = [
  { does: 'refuse' },
  { does: 'reset', point: 'mid-headers' },
  { does: 'keep-silent' },
  { does: 'trickle' },
  { does: 'answer', status: 503, share: 1 },
  { does: 'answer', status: 429, share: 1, retryAfter: '1' },
  { does: 'write', bytes: ['SSH-2.0-OpenSSH_9.2\r\n'], closes: true },
]

/** One server after the other has trouble, or is killed, until the time is over. */
async function trouble(
  servers: readonly ServerProcess[],
  random: () => number,
  until: number,
): Promise<void> {
  const some = <T>(all: readonly T[]) => all[Math.floor(random() * all.length)]!
  const lasts = Math.min(FAULT.longest, (until - sharedNow()) * FAULT.share)
  while (sharedNow() + 2 * lasts < until) {
    const server = some(servers)
    if (random() < 0.2) {
      await server.kill()
      await sleep(lasts)
      await server.start()
    } else {
      await server.behave(some(TROUBLES))
      await sleep(lasts)
      await server.behave({ does: 'serve' })
    }
    await sleep(lasts)
  }
  await sleep(Math.max(0, until - sharedNow()))
}

function verdict(samples: readonly Sample[], { after, inFlight, uncaught }: Ending): SoakResult {
  const warm = samples.slice(Math.ceil(samples.length * WARM_UP))
  const perHour = (of: (sample: Sample) => number) =>
    growth(warm.map((sample) => [sample.at, of(sample)] as const)) * 3600
  const heapPerHour = perHour(({ heap }) => heap / 2 ** 20)
  const failed = samples.reduce((sum, sample) => sum + sample.failed, 0)
  const most = (of: (sample: Sample) => number) => Math.max(...warm.map(of))
  const least = (of: (sample: Sample) => number) => Math.min(...warm.map(of))
  const sockets = most((sample) => sample.sockets) - least((sample) => sample.sockets)
  const timers = most((sample) => sample.timers) - least((sample) => sample.timers)
  const broken: string[] = []
  if (heapPerHour > HEAP_PER_HOUR) broken.push(`the heap grew by ${heapPerHour.toFixed(2)} MB an hour`)
  // Health checks have connections of their own at any time, and a timer.
  if (sockets > 2 * SERVERS) broken.push(`sockets between samples differ by ${sockets}`)
  if (timers > SERVERS) broken.push(`timers between samples differ by ${timers}`)
  if (failed > 0) broken.push(`${failed} idempotent calls failed`)
  if (after.sockets + after.timers + inFlight > 0)
    broken.push(`left: ${after.sockets} sockets, ${after.timers} timers, ${inFlight} calls`)
  broken.push(...uncaught.map((error) => `nobody caught ${error}`))
  return { samples, heapPerHour, broken }
}
