// The process in which all servers of a run listen.
import { sharedNow } from '../lib/clock.mjs'
import { listen } from '../lib/listener.mjs'
import { freePorts } from '../lib/ports.mjs'
import { obey } from '../lib/program.mjs'
import { quantile, sorted } from '../lib/statistics.mjs'
import { SERVERS, slowness } from './fleet.mjs'
import { Queue } from './queue.mjs'

let queues = []
let startAt = 0
/** How late answers were, in ms: timers are only so good. */
const late = []

obey({
  async listen() {
    const ports = await freePorts(SERVERS)
    await Promise.all(
      ports.map((port, server) => listen(port, (path, respond) => answer(server, path, respond))),
    )
    return ports
  },
  begin(run) {
    startAt = run.startAt
    const slow = slowness(run.scenario, run.duration)
    queues = Array.from({ length: SERVERS }, (_, server) => new Queue((time) => slow(server, time)))
  },
  report: () => ({ late: quantile(sorted(late), 0.99) }),
})

/** The path of a request is the work that it brings. */
function answer(server, path, respond) {
  const done = queues[server].arrive(sharedNow() - startAt, Number(path.slice(1))) + startAt
  const end = () => {
    late.push(sharedNow() - done)
    respond()
  }
  // Whole ones only: timers cut the rest off.
  setTimeout(end, Math.max(1, Math.ceil(done - sharedNow())))
}
