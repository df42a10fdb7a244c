// One run of one contender: fresh servers, a fresh client and, where it has one, a fresh proxy.
import { startProxy } from '../proxies/start.mjs'
import { sharedNow } from './clock.mjs'
import { startProgram } from './program.mjs'

/** Until both processes have been told when to begin, in ms. */
const LEAD = 100

/**
 * `lead` is how long before time 0 of the run the first calls are made, in ms; `enough` the order to the servers after
 * whose answer no more calls are needed.
 */
export async function oneRun({ programs, contender, run, lead, enough }) {
  const running = []
  const keep = (program) => {
    running.push(program)
    return program
  }
  try {
    const servers = keep(startProgram(programs.servers))
    const ports = await servers.tell('listen')
    const urls = ports.map((port) => `http://127.0.0.1:${port}`)
    const { proxy: program, ...setup } = contender
    const proxy = program && keep(await startProxy(program, { ...setup, servers: ports })).url
    const client = keep(startProgram(programs.client))
    await client.tell('prepare', { ...contender, ...run, urls, proxy })
    const startAt = sharedNow() + LEAD + lead
    await servers.tell('begin', { ...run, startAt })
    const measuring = client.tell('measure', { startAt })
    const stopped = enough && servers.tell(enough).then(() => client.tell('stop'))
    // Servers that are stopped before they had enough are not a failure of their own.
    stopped?.catch(() => {})
    const seen = await measuring
    return { seen, served: await servers.tell('report') }
  } finally {
    for (const { stop } of running) stop()
  }
}
