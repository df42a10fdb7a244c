import { setTimeout as sleep } from 'node:timers/promises'
import { sharedNow } from '../../../bench/lib/clock.mjs'
import type { startProgram } from '../../../bench/lib/program.mjs'
import type { Fleet, ServerProcess } from '../fleet.ts'
import { isCall } from '../observation.ts'
import type { CallRecord, Ending, LoadOrder, Setup } from '../programs/client.ts'
import { type Command, SERVERS, type Story } from './story.ts'

const TIMEOUT = { attempt: 400, total: 8_000 }
/** Enough that a call can find the one server that is well behind all others, again and again. */
const BUDGET = { ratio: 1, minPerSecond: 50 }
/** A call that takes longer than its timeout: by this, on a machine that is busy. */
const LATE = 1_000
/** Until all are in use again: the default policy's 5 s of passing over those that failed, and as much again. */
const ALL_BACK = 10_000

const SETUP = {
  options: {
    timeout: TIMEOUT,
    retry: { attempts: SERVERS, backoff: { base: 5, max: 20 }, budget: BUDGET },
    outlierDetection: { baseEjectionTime: 300, maxEjectionTime: 600 },
    circuitBreaker: { resetTimeout: 300 },
  },
  check: { path: '/healthz', interval: 200, fastInterval: 100 },
}

type Client = ReturnType<typeof startProgram>

/**
 * Plays a story on real processes. Says in words which of these did not hold: while one server is well, idempotent
 * calls succeed, in time; a POST never reaches two servers; retries stay within their budget; when all are well
 * again, all are used again; nothing is left at the end.
 */
export async function play(
  { policy, commands }: Story,
  { fleet, library, client }: { fleet: Fleet; library: string; client: Client },
): Promise<string[]> {
  const servers = await fleet.servers(SERVERS)
  const urls = servers.map(({ url }) => url)
  const setup: Setup = { ...SETUP, library, urls, registry: undefined, ...(policy && { policy }) }
  await client.tell('prepare', setup)
  const started = sharedNow()
  const loads: Promise<CallRecord[]>[] = []
  const load = (order: Omit<LoadOrder, 'startAt' | 'seed'>) => {
    const calls: Promise<CallRecord[]> = client.tell('load', {
      ...{ ...order, startAt: sharedNow(), seed: loads.length },
    })
    loads.push(calls)
    return calls
  }
  for (const command of commands) await obey(command, servers, client, load)
  const returned = await allBack(servers, client, load)
  const calls = (await Promise.all(loads)).flat()
  const seconds = (sharedNow() - started) / 1000
  const ending: Ending = await client.tell('finish')
  return [
    ...returned,
    ...wrongCalls(calls),
    ...wrongRequests(servers, calls.length, seconds),
    ...leftovers(ending),
  ]
}

async function obey(
  command: Command,
  servers: readonly ServerProcess[],
  client: Client,
  load: (order: Omit<LoadOrder, 'startAt' | 'seed'>) => unknown,
): Promise<void> {
  if ('server' in command) {
    const server = servers[command.server]!
    // Nobody can tell it anything while it is frozen.
    if (command.do !== 'freeze') server.thaw()
    if (command.do === 'behave') return server.behave(command.how)
    if (command.do === 'restart') return void (server.running && (await server.restart()))
    return void (await server[command.do]())
  }
  switch (command.do) {
    case 'list':
      return void (await client.tell(
        'setEndpoints',
        [0, ...command.servers].map((i) => servers[i]!.url),
      ))
    case 'call':
      return void load({ perSecond: command.perSecond, lasts: command.ms, posts: command.posts })
    case 'wait':
      return sleep(command.ms)
    default:
      return client.tell(command.do, command.ms)
  }
}

/** Everybody is well and in the list: are all used? */
async function allBack(
  servers: readonly ServerProcess[],
  client: Client,
  load: (order: Omit<LoadOrder, 'startAt' | 'seed'>) => Promise<CallRecord[]>,
): Promise<string[]> {
  for (const server of servers) {
    server.thaw()
    await server.start()
    await server.behave({ does: 'serve' })
  }
  await client.tell(
    'setEndpoints',
    servers.map(({ url }) => url),
  )
  const since = sharedNow()
  const unused = () =>
    servers.filter(({ arrivals }) => !arrivals.some((one) => one.at > since && isCall(one)))
  while (unused().length > 0 && sharedNow() < since + ALL_BACK)
    await load({ perSecond: 100, lasts: 200, posts: 0 })
  return unused().map((server) => `server ${servers.indexOf(server)} is not used again`)
}

function wrongCalls(calls: readonly CallRecord[]): string[] {
  const gets = calls.filter(({ method }) => method === 'GET')
  const failed = gets.filter(({ result }) => result !== 'ok')
  const late = calls.filter(({ latency }) => latency > TIMEOUT.total + LATE)
  const endless = calls.filter(({ result }) => result === 'none')
  return [
    ...failed.map(({ result, latency }) => `a GET ended with ${result} after ${latency.toFixed(0)} ms`),
    ...late.map(({ method, latency }) => `a ${method} took ${latency.toFixed(0)} ms`),
    ...endless.map(({ method }) => `a ${method} has no end`),
  ]
}

function wrongRequests(servers: readonly ServerProcess[], calls: number, seconds: number): string[] {
  const requests = servers.flatMap(({ arrivals }) => arrivals).filter(isCall)
  const posts = requests.filter(({ method }) => method === 'POST').map(({ path }) => path)
  const twice = posts.length - new Set(posts).size
  const most = calls * (1 + BUDGET.ratio) + BUDGET.minPerSecond * (seconds + 10)
  return [
    ...(twice > 0 ? [`${twice} POSTs were sent twice`] : []),
    ...(requests.length > most ? [`${requests.length} requests for ${calls} calls`] : []),
  ]
}

function leftovers({ inFlight, after: { sockets, timers }, uncaught }: Ending): string[] {
  return [
    ...(inFlight > 0 ? [`${inFlight} calls are in flight`] : []),
    ...(sockets > 0 ? [`${sockets} sockets are open`] : []),
    ...(timers > 0 ? [`${timers} timers are set`] : []),
    ...uncaught.map((error) => `nobody caught ${error}`),
  ]
}
