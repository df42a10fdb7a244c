import { setTimeout as sleep } from 'node:timers/promises'
import type { BalancerOptions } from 'evenkeel'
import { sharedNow } from '../../bench/lib/clock.mjs'
import { startProgram } from '../../bench/lib/program.mjs'
import { type Fault, hasShares } from './fault.ts'
import type { Fleet, ServerProcess } from './fleet.ts'
import { inUseSince, lateness, type Measured, measure, type Observation, shareSince } from './observation.ts'
import type { CallRecord, FailedQuestion, LoadOrder, Setup } from './programs/client.ts'
import { LiveScene, type Tell } from './scene.ts'
import { brokenPromises } from './verdict.ts'

const CLIENT = new URL('./programs/client.ts', import.meta.url)

/** How much of everything, times in ms. */
export interface Scale {
  readonly quick: boolean
  readonly servers: number
  readonly perSecond: number
  /** Before the fault. */
  readonly calm: number
  readonly lasting: number
}

export const FULL: Scale = { quick: false, servers: 10, perSecond: 300, calm: 5_000, lasting: 10_000 }
export const QUICK: Scale = { quick: true, servers: 4, perSecond: 100, calm: 800, lasting: 1_500 }

/** What all balancers have in common; everything else is as it comes. */
export const OPTIONS: BalancerOptions = { timeout: { attempt: 1_000, total: 5_000 } }
/** Two good results in a row bring a server back that checks have found ill: one that was silent in 1.5 s at most. */
const CHECK = { path: '/healthz', fastInterval: 500, timeout: 500 }

/** No run is longer than that. */
const LONGEST = 180_000
/** For processes to be told when to begin. */
const LEAD = 50
/** So long a recovery is waited for: twice what was promised, and this at the least. */
const PATIENCE = 10_000
/** Orders arrive within that. */
const SOON = 500

export interface Result {
  readonly name: string
  readonly measured: Measured
  /** In words; none when all promises were kept. */
  readonly broken: readonly string[]
}

/** Starts a process of callers. */
export function startClient() {
  return startProgram(CLIENT, ['--expose-gc'])
}

/** One fault from beginning to end, with callers of its own. */
export async function run(
  fault: Fault,
  { fleet, library, scale }: { fleet: Fleet; library: string; scale: Scale },
): Promise<Result> {
  const { size, spares } = fault.fleet?.(scale.quick) ?? { size: scale.servers, spares: 0 }
  const all = await fleet.servers(size + spares + (fault.registry ? 1 : 0))
  const client = startClient()
  try {
    const scene = new LiveScene(fault, all, { size, spares }, client.tell, scale)
    const { servers, registry } = scene
    const urls = servers.map(({ url }) => url)
    await registry?.register(urls)
    const { options, check, policy } = fault
    const setup: Setup = {
      ...{ library, urls, registry: registry?.url },
      ...(policy !== undefined && { policy }),
      options: { ...OPTIONS, ...options },
      check: { ...CHECK, ...check },
    }
    await client.tell('prepare', setup)
    const { perSecond, calm, lasting } = scale
    const startAt = sharedNow() + LEAD
    const order: LoadOrder = { startAt, seed: 1, perSecond, posts: fault.posts ?? 0, lasts: LONGEST }
    const load: Promise<CallRecord[]> = client.tell('load', order)
    // What else goes wrong is seen first.
    load.catch(() => {})
    await sleep(LEAD + calm)
    const begun = sharedNow()
    const victims = scene.chooseVictims(fault, begun)
    await fault.begin(scene)
    await sleep(Math.max(0, begun + lasting - sharedNow()))
    const met = fault.victims === 'all' || (await encounter(client.tell, victims, begun))
    await fault.end(scene)
    const ended = sharedNow()
    const recovered = await recovery(scene.listed, ended, fault, perSecond)
    const over = sharedNow()
    await client.tell('stop')
    const calls = await load
    const undisturbed = fault.holdsUpCallers ? calls.filter(({ at }) => at < begun - SOON) : calls
    const seen: Observation = {
      ...{ times: { begun, ended, over }, calls, late: lateness(undisturbed) },
      told: await client.tell('told'),
      ending: await client.tell('finish'),
    }
    const measured = measure(seen, fault, all, victims, recovered)
    const broken = brokenPromises(fault, measured, seen, scene)
    if (!met) broken.push('no call came upon the fault, so that nothing was shown')
    return { name: fault.name, measured, broken }
  } finally {
    client.stop()
  }
}

/** A fault that nobody came upon shows nothing. */
async function encounter(tell: Tell, victims: readonly ServerProcess[], since: number): Promise<boolean> {
  const question: FailedQuestion = { urls: victims.map(({ url }) => url), since }
  for (const patience = sharedNow() + PATIENCE; !(await tell('failed', question)); await sleep(50))
    if (sharedNow() > patience) return false
  return true
}

/** Waits until all are in use again; ms after the end of the fault. */
async function recovery(
  servers: readonly ServerProcess[],
  ended: number,
  { promised: { recovered = 0 }, policy }: Fault,
  perSecond: number,
): Promise<number | null> {
  for (const patience = ended + Math.max(PATIENCE, 2 * recovered); sharedNow() < patience; await sleep(20)) {
    const since = servers.map((server) =>
      hasShares(policy) ? shareSince(server, ended, perSecond / servers.length) : inUseSince(server, ended),
    )
    if (!since.includes(undefined)) return Math.max(...since.map((at) => at! - ended))
  }
  return null
}
