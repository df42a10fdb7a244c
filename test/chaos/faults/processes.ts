import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, Scene } from '../fault.ts'
import { isCall, type Observation } from '../observation.ts'

/** How long a restarted server serves before the next one goes, in ms. */
const BETWEEN = { quick: 100, full: 500 }

/** Three checks of 500 ms, and a little more. */
const UNTIL_SEEN = 2_000
/** How long a server that is back is looked at, in ms, and what share of its share it may get. */
const FIRST = 500
const SPARED = 0.6

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
    sees: 'A few calls take a timeout longer, until it is noticed that theirs are overdue.',
    begin: ({ victims }) => each(victims, (victim) => victim.freeze()),
    end: ({ victims }) => each(victims, (victim) => victim.thaw()),
    promised: { slow: 10, amplification: 1.05, ejected: 1_500, recovered: 2_000 },
  },
  {
    name: 'drain and warm up',
    what: 'A server tells its health checks that it is about to go, drains, restarts and comes back; `slowStart: { window: 2_000 }`, `roundRobin()`.',
    sees: 'Nothing, with GET and POST alike; the server gets little at first.',
    posts: 0.5,
    options: { slowStart: { window: 2_000 } },
    policy: 'roundRobin',
    check: { interval: 500 },
    async begin({ victims: [victim] }) {
      await victim!.announce()
      await sleep(UNTIL_SEEN)
      await victim!.restart()
    },
    end: () => Promise.resolve(),
    promised: {
      ...{ p99: 3, slow: 0, amplification: 1.05, recovered: 4_000 },
      besidesInWords: 'at first at most 60 % of its share',
      besides: warmsUp,
    },
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
]

/** Of the server that came back: was it spared in its first half second? */
function warmsUp({ calls, times: { begun, over } }: Observation, { servers, victims }: Scene): string[] {
  const [victim] = victims
  const arrivals = victim!.arrivals.filter(isCall)
  // It was silent for longer than ever between two calls, from the end of its drain to its first call.
  const gaps = arrivals.map(({ at }, i) => at - (arrivals[i - 1]?.at ?? at))
  const back = arrivals[gaps.indexOf(Math.max(...gaps))]?.at ?? begun
  // The run may have ended before that.
  const looked = Math.min(FIRST, over - back)
  const first = arrivals.filter(({ at }) => at >= back && at < back + looked).length
  const fair = ((calls.length / (over - calls[0]!.at)) * looked) / servers.length
  return first > SPARED * fair + 1
    ? [`it got ${first} calls in the first ${looked.toFixed(0)} ms, and ${fair.toFixed(0)} are its share`]
    : []
}

function each<T>(all: readonly T[], what: (one: T) => unknown): Promise<unknown> {
  return Promise.all(all.map(what))
}
