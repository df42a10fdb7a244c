import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../fault.ts'
import type { ServerProcess } from '../fleet.ts'
import { isCall } from '../observation.ts'

const NEWS_TRAVEL = 500

const WARMING = 20

/** So long newcomers may go without a call, in ms. */
const FOUND = 5_000

async function warm({ url }: ServerProcess): Promise<void> {
  for (let i = 0; i < WARMING; i++) await (await fetch(`${url}/healthz`)).text()
}

/** Until each of them has had a call, or should have by then. */
async function found(spares: readonly ServerProcess[], until: number): Promise<void> {
  const isUsed = ({ arrivals }: ServerProcess) => arrivals.some(isCall)
  while (!spares.every(isUsed) && performance.now() < until) await sleep(20)
}

/** What changes in the list of endpoints, or does not arrive there. */
export const LIST_FAULTS: readonly Fault[] = [
  {
    name: 'scale up and down',
    what: 'The list grows from 3 servers to 30 and shrinks again; who has left it is drained and ended.',
    sees: 'Nothing, with GET and POST alike.',
    fleet: (quick) => (quick ? { size: 2, spares: 6 } : { size: 3, spares: 27 }),
    victims: 0,
    posts: 0.5,
    async begin(scene) {
      // How long a process takes over its first answers is not what this is about.
      await Promise.all(scene.spares.map(warm))
      const until = performance.now() + FOUND
      await scene.setEndpoints([...scene.servers, ...scene.spares])
      await sleep(scene.lasting / 2)
      await found(scene.spares, until)
      await scene.setEndpoints(scene.servers)
      await Promise.all(scene.spares.map((spare) => spare.retire()))
    },
    end: () => Promise.resolve(),
    promised: {
      ...{ p99: 3, slow: 0, amplification: 1.01, recovered: 2_000 },
      besides({ told }, { spares }) {
        const unused = spares.filter(({ arrivals }) => !arrivals.some(isCall))
        const drained = told.filter(({ event }) => event === 'drained').length
        return [
          ...(unused.length > 0 ? [`${unused.length} new servers got no call`] : []),
          ...(drained < spares.length ? [`${drained} of ${spares.length} were drained`] : []),
        ]
      },
    },
  },
  {
    name: 'discovery outage',
    what: 'The registry is killed, and a server with it; meanwhile another one is there that nobody hears of.',
    sees: 'Nothing: the last good list stays. The news arrive with the registry.',
    registry: true,
    fleet: (quick) => ({ size: quick ? 4 : 10, spares: 1 }),
    async begin({ registry, victims }) {
      await registry!.kill()
      await Promise.all(victims.map((victim) => victim.kill()))
    },
    async end(scene) {
      const { registry, servers, spares, victims } = scene
      const now = [...servers, ...spares]
      await Promise.all(victims.map((victim) => victim.start()))
      await registry!.start()
      await registry!.register(now.map(({ url }) => url))
      scene.mark('registry back')
      await sleep(NEWS_TRAVEL)
    },
    promised: {
      ...{ p99: 3, slow: 0, amplification: 1.05, ejected: 1_000, recovered: 2_000 },
      besides({ told, times }, scene) {
        const failures = told.filter(
          ({ event, at }) =>
            event === 'discoveryfailed' && at > times.begun && at < scene.marked('registry back'),
        )
        const [spare] = scene.spares
        return [
          ...(failures.length === 0 ? ['nobody was told that discovery failed'] : []),
          ...(spare!.arrivals.some(isCall) ? [] : ['the news never arrived']),
        ]
      },
    },
  },
]
