import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../fault.ts'

/** How long a restarted server serves before the next one goes, in ms. */
const BETWEEN = { quick: 100, full: 500 }

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
]

function each<T>(all: readonly T[], what: (one: T) => unknown): Promise<unknown> {
  return Promise.all(all.map(what))
}
