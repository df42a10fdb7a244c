// The process of the servers: well, then four of them each bad in its own way, then well again.
import { sharedNow } from '../lib/clock.mjs'
import { listen } from '../lib/listener.mjs'
import { freePorts } from '../lib/ports.mjs'
import { obey } from '../lib/program.mjs'
import { exponential, seeded } from '../lib/seeded.mjs'
import { FAULTS, MEAN_SERVICE, SERVERS } from './fault.mjs'

const random = seeded(7)
const IN_USE = 3
const servers = Array.from({ length: SERVERS }, (_, index) => ({
  fault: FAULTS[index],
  port: 0,
  listener: undefined,
  /** Tries that arrived while the fault lasted. */
  tries: 0,
  /** Calls since the fault is over. */
  calls: 0,
  /** When it had its third call again: the first may be a trial. */
  backAt: undefined,
}))
const allBack = Promise.withResolvers()
let phase = 'before'
let healedAt = 0

obey({
  async listen() {
    const ports = await freePorts(SERVERS)
    servers.forEach((server, i) => {
      server.port = ports[i]
    })
    await Promise.all(servers.map(open))
    return ports
  },
  begin({ startAt, duration }) {
    setTimeout(fail, startAt - sharedNow())
    setTimeout(heal, startAt + duration - sharedNow())
  },
  /** Answers once each server that was broken is in use again. */
  allBack: () => allBack.promise,
  report: () =>
    servers.map(({ fault, tries, backAt }) => ({ fault, tries, back: backAt && backAt - healedAt })),
})

async function open(server) {
  server.listener = await listen(server.port, (path, respond) => answer(server, path, respond))
}

function fail() {
  phase = 'fault'
  for (const { fault, listener } of servers) if (fault === 'refuses') listener.close()
}

async function heal() {
  await Promise.all(servers.filter(({ fault }) => fault === 'refuses').map(open))
  phase = 'after'
  healedAt = sharedNow()
}

function answer(server, path, respond) {
  const isCheck = path === '/health'
  if (phase === 'fault') {
    if (!isCheck) server.tries++
    if (server.fault === 'silent') return
    if (server.fault === 'unavailable') return respond(503)
  }
  if (isCheck) return respond()
  if (phase === 'after' && server.backAt === undefined) {
    if (++server.calls >= IN_USE) server.backAt = sharedNow()
    if (servers.every(({ fault, backAt }) => fault === undefined || backAt !== undefined)) allBack.resolve()
  }
  setTimeout(respond, exponential(random, MEAN_SERVICE), 200)
}
