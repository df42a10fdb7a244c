import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, Scene } from '../fault.ts'
import { isCall, type Observation } from '../observation.ts'

/** From the first server that is back to the others, in ms. */
const FIRST_ALONE = 1_000
/** What is promised of the time in which all are down holds so long after the last one went, in ms. */
const TO_NOTICE = 1_000
/** How long a call may take to fail, in ms. */
const AT_ONCE = 250
const MOST_PROBES = 5
/** From the return of the first server until no call fails any more, in ms. */
const TO_RECOVER = 2_000
/** No more than twice what is due may come within so many ms to a server that is back. */
const HERD_WINDOW = 100

const USEFUL = new Set(['ERR_CIRCUIT_OPEN', 'ERR_NO_ENDPOINTS', 'ERR_ATTEMPT_FAILED'])

/** Nobody is there for a while. */
export const ALL_DOWN: Fault = {
  name: 'all down and back',
  what: 'All servers are killed; later one comes back, and the others a second after it.',
  sees: 'Errors that say what is wrong, at once; no more of them 2 s after the first server is back.',
  victims: 'all',
  begin: ({ victims }) => Promise.all(victims.map((victim) => victim.kill())),
  async end(scene) {
    const [first, ...others] = scene.victims
    scene.mark('down until')
    await first!.start()
    scene.mark('first back')
    await sleep(FIRST_ALONE)
    await Promise.all(others.map((other) => other.start()))
  },
  promised: {
    ...{ success: 0, slow: 0, amplification: 1.2, recovered: 2_000 },
    besidesInWords:
      'calls fail within 250 ms and by name; at most 5 attempts and checks a second for each server; no herd when they are back',
    besides: (seen, scene) => [
      ...slowOrUseless(seen, scene),
      ...manyProbes(seen, scene),
      ...stillFailing(seen, scene),
      ...herd(seen, scene),
    ],
  },
}

interface Stretch {
  readonly from: number
  readonly to: number
}

const darkness = ({ times }: Observation, scene: Scene): Stretch => ({
  from: times.begun + TO_NOTICE,
  to: scene.marked('down until'),
})

function within<T extends { readonly at: number }>(all: readonly T[], { from, to }: Stretch): T[] {
  return all.filter(({ at }) => at > from && at < to)
}

function slowOrUseless(seen: Observation, scene: Scene): string[] {
  const down = within(seen.calls, darkness(seen, scene))
  const useless = down.filter(({ result }) => !USEFUL.has(result))
  const slow = down.filter(({ latency, late }) => latency > AT_ONCE + 2 * Math.max(late, seen.late))
  return [
    ...useless
      .slice(0, 1)
      .map(({ result }) => `${useless.length} calls ended with ${result} when all were down`),
    ...slow
      .slice(0, 1)
      .map(({ latency }) => `${slow.length} calls took ${latency.toFixed(0)} ms or so to fail`),
  ]
}

function manyProbes(seen: Observation, scene: Scene): string[] {
  const dark = darkness(seen, scene)
  const seconds = Math.max(1, (dark.to - dark.from) / 1000)
  const probes = within(seen.told, dark).filter(({ event }) => event === 'attempt' || event === 'checked')
  const most = Math.max(...scene.servers.map(({ url }) => probes.filter((one) => one.url === url).length))
  return most > MOST_PROBES * seconds ? [`${(most / seconds).toFixed(1)} probes/s at one server`] : []
}

function stillFailing({ calls }: Observation, scene: Scene): string[] {
  const since = scene.marked('first back') + TO_RECOVER
  const failed = calls.filter(({ at, result }) => at > since && result !== 'ok')
  return failed.length > 0
    ? [`${failed.length} calls failed more than ${TO_RECOVER} ms after the first server was back`]
    : []
}

/** All calls go to the first one that is back, which is as it should be. */
function herd({ calls, times, late }: Observation, scene: Scene): string[] {
  const back = scene.marked('first back')
  const perMs = calls.length / (times.over - calls[0]!.at)
  const most = Math.max(...scene.servers.map(({ arrivals }) => busiest(arrivals.filter(isCall), back)))
  return most > 10 + 2 * perMs * (HERD_WINDOW + late)
    ? [`${most} requests within ${HERD_WINDOW} ms at a server that was back`]
    : []
}

/** The most that came within one window. */
function busiest(arrivals: readonly { readonly at: number }[], from: number): number {
  const counts = new Map<number, number>()
  for (const { at } of arrivals) {
    const slot = Math.floor((at - from) / HERD_WINDOW)
    if (at >= from) counts.set(slot, (counts.get(slot) ?? 0) + 1)
  }
  return Math.max(0, ...counts.values())
}
