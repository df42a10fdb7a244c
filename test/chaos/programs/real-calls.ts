// Very many calls over sockets, through connections of the library's own, to endpoints that come and go: neither calls nor
// endpoints that have gone may leave anything behind.
import { obey, sayNews, startProgram } from '../../../bench/lib/program.mjs'
import { seeded } from '../../../bench/lib/seeded.mjs'
import { countTimers, openSockets, openTimers, resources, settled } from './resources.ts'

export interface RealOrder {
  /** Built for Node. */
  readonly library: string
  readonly calls: number
  /** After so many calls what is open is looked at. */
  readonly every: number
}

const SERVERS = new URL('./many-servers.ts', import.meta.url)
const COUNT = 20
const TOGETHER = 50
/** Every so many calls the list is another one: some of the servers, in an order of its own. */
const CHANGE = 500
/** Of the calls, so many send a body, look at nothing of the answer, or give up at once. */
const POSTS = 0.1
const UNREAD = 0.05
const GIVEN_UP = 0.01

countTimers()

obey({
  async run({ library, calls, every }: RealOrder) {
    const { createBalancer } = (await import(library)) as typeof import('evenkeel/node')
    const servers = startProgram(SERVERS)
    const ports: readonly number[] = await servers.tell('listen', COUNT)
    const before = openSockets()
    const random = seeded(1)
    /** What they are called has nothing to do with where they are. */
    const some = () =>
      ports
        .filter(() => random() < 0.5)
        .concat(ports[0]!)
        .map((port) => ({ url: 'http://users.internal', id: `${port}`, address: '127.0.0.1', port }))
        .filter(({ id }, index, all) => all.findIndex((other) => other.id === id) === index)
    const balancer = createBalancer({ endpoints: some() })
    let made = 0
    let failed = 0
    const call = async () => {
      const draw = random()
      if (draw < GIVEN_UP) {
        await balancer.fetch('/', { signal: AbortSignal.abort() }).catch(() => undefined)
        return
      }
      const init = draw < GIVEN_UP + POSTS ? { method: 'POST', body: 'hello' } : {}
      const response = await balancer.fetch('/', init).catch(() => undefined)
      if (response?.ok !== true) failed++
      if (draw > 1 - UNREAD) await response?.body?.cancel()
      else await response?.text()
    }
    const worker = async (until: number) => {
      while (made < until) {
        if (++made % CHANGE === 0) balancer.setEndpoints(some())
        await call()
      }
    }
    while (made < calls) {
      const until = Math.min(calls, made + every)
      await Promise.all(Array.from({ length: TOGETHER }, () => worker(until)))
      sayNews({ calls: made, ...(await resources()) })
    }
    await balancer.close()
    await settled(() => openTimers() === 0 && openSockets() <= before, 2_000)
    const end = await resources()
    servers.stop()
    // Those that were there before are none of ours.
    return { failed, ...end, sockets: end.sockets - before }
  },
})
