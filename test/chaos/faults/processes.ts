import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, Scene } from '../fault.ts'
import { isCall, type Observation } from '../observation.ts'

/** How long a restarted server serves before the next one goes, in ms. */
const BETWEEN = { quick: 100, full: 500 }
/** From the first server that is back to the next ones, in ms. */
const FIRST_ALONE = 1_000

/** Servers that die, stand still, or are replaced. */
export const PROCESS_FAULTS: readonly Fault[] = [
  {
    name: 'kill -9',
    what: 'The process of a server is killed, and started again later.',
    sees: 'Nothing. (A POST that it was working on fails.)',
    posts: 0.2,
    begin: ({ victims }) => each(victims, (victim) => victim.kill()),
    end: ({ victims }) => each(victims, (victim) => victim.start()),
    promised: {
      postsFailed: 3,
      ...{ p99: 3, slow: 0, amplification: 1.05, ejected: 1_000, recovered: 2_000 },
    },
  },
  {
    name: 'SIGSTOP',
    what: 'The process of a server is stopped, while the kernel goes on to take connections, and continued later.',
    sees: 'Some calls take a timeout longer, until three are over.',
    begin: ({ victims }) => each(victims, (victim) => victim.freeze()),
    end: ({ victims }) => each(victims, (victim) => victim.thaw()),
    promised: { slow: 50, amplification: 1.05, ejected: 1_500, recovered: 2_000 },
  },
  {
    name: 'rolling restart',
    what: 'All servers are restarted one after the other; each finishes what it has, and says `Connection: close`.',
    sees: 'Nothing, with GET and POST alike.',
    victims: 'all',
    posts: 0.5,
    async begin(scene) {
      for (const server of scene.servers) {
        await server.restart()
        await sleep(BETWEEN[scene.quick ? 'quick' : 'full'])
      }
    },
    end: () => Promise.resolve(),
    promised: { p99: 3, slow: 0, amplification: 1.1, recovered: 2_000 },
  },
  {
    name: 'all down and back',
    what: 'All servers are killed; later one comes back, and the others a second after it.',
    sees: 'Errors that say what is wrong, at once; no more of them 2 s after the first server is back.',
    victims: 'all',
    begin: ({ victims }) => each(victims, (victim) => victim.kill()),
    async end(scene) {
      const [first, ...others] = scene.victims
      scene.mark('down until')
      await first!.start()
      scene.mark('first back')
      await sleep(FIRST_ALONE)
      await each(others, (other) => other.start())
    },
    promised: { success: 0, slow: 0, amplification: 1.2, recovered: 2_000, besides: failsFast },
  },
]

/** Calls fail at once and by name, few of them try a server, and all succeed soon after the first one is back. */
function failsFast({ calls, told, times, late }: Observation, scene: Scene): string[] {
  const { servers } = scene
  const back = scene.marked('first back')
  const broken: string[] = []
  const down = calls.filter(({ at }) => at > times.begun + 1_000 && at < scene.marked('down until'))
  const useless = down.filter(({ result }) => !USEFUL.has(result))
  if (useless.length > 0)
    broken.push(`${useless.length} calls ended with ${useless[0]!.result} while all were down`)
  const slowest = Math.max(0, ...down.map(({ latency }) => latency))
  if (slowest > 250 + 2 * late) broken.push(`a call took ${slowest.toFixed(0)} ms to fail`)
  const seconds = (scene.marked('down until') - times.begun - 1_000) / 1000
  for (const { url } of servers) {
    const probes = told.filter(
      (one) =>
        one.url === url &&
        PROBES.has(one.event) &&
        one.at > times.begun + 1_000 &&
        one.at < scene.marked('down until'),
    )
    if (probes.length > 5 * Math.max(1, seconds))
      broken.push(`${(probes.length / seconds).toFixed(1)} probes/s`)
  }
  const late = calls.filter(({ at, result }) => at > back + 2_000 && result !== 'ok')
  if (late.length > 0)
    broken.push(`${late.length} calls failed more than 2 s after the first server was back`)
  const perSecond = calls.length / ((times.over - calls[0]!.at) / 1000)
  const herd = Math.max(...servers.map(({ arrivals }) => busiest(arrivals.filter(isCall), back)))
  // All calls go to the first one; twice as many and a few more are no herd.
  if (herd > 10 + (2 * perSecond * (HERD_WINDOW + late)) / 1_000)
    broken.push(`${herd} requests within ${HERD_WINDOW} ms at a server that was back`)
  return broken
}

const HERD_WINDOW = 100
const USEFUL = new Set(['ERR_CIRCUIT_OPEN', 'ERR_NO_ENDPOINTS', 'ERR_ATTEMPT_FAILED'])
const PROBES = new Set(['attempt', 'checked'])

/** The most that came within one window. */
function busiest(arrivals: readonly { readonly at: number }[], from: number): number {
  const counts = new Map<number, number>()
  for (const { at } of arrivals) {
    const slot = Math.floor((at - from) / HERD_WINDOW)
    if (at >= from) counts.set(slot, (counts.get(slot) ?? 0) + 1)
  }
  return Math.max(0, ...counts.values())
}

function each<T>(all: readonly T[], what: (one: T) => unknown): Promise<unknown> {
  return Promise.all(all.map(what))
}
