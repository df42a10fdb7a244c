// One run: one contender, one scenario, a fresh fleet and fresh processes.
import { sharedNow } from '../lib/clock.mjs'
import { startProgram } from '../lib/program.mjs'
import { startProxy } from '../proxies/start.mjs'

const SERVERS = new URL('./servers.mjs', import.meta.url)
const CLIENT = new URL('./client.mjs', import.meta.url)
/** Until both processes have been told when to begin, in ms. */
const LEAD = 100

export async function measure({ contender, modules, ...run }) {
  const running = []
  const keep = (program) => {
    running.push(program)
    return program
  }
  try {
    const servers = keep(startProgram(SERVERS))
    const ports = await servers.tell('listen')
    const urls = ports.map((port) => `http://127.0.0.1:${port}`)
    const { proxy: program, balance } = contender
    const proxy = program && keep(await startProxy(program, { servers: ports, balance })).url
    const client = keep(startProgram(CLIENT))
    await client.tell('prepare', { ...contender, ...run, modules, urls, proxy })
    const startAt = sharedNow() + LEAD + run.warmUp
    await servers.tell('begin', { ...run, startAt })
    const result = await client.tell('measure', { startAt })
    const { late } = await servers.tell('report')
    return { ...result, lateAnswers: late }
  } finally {
    for (const { stop } of running) stop()
  }
}
