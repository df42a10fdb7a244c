import { below } from '../core/random.js'
import type { Agenda } from './agenda.js'
import type { ChangePlan } from './check-changes.js'
import type { Plan } from './check-scenario.js'
import type { Fleet } from './fleet.js'
import { callAt } from './happening.js'
import type { ColdStart } from './scenario.js'
import type { Server } from './server.js'
import { stream } from './streams.js'

/** In how many steps a cold server gets warm. */
const WARMING = 20

/** Where changes happen. */
export interface Stage {
  readonly agenda: Agenda
  readonly fleet: Fleet
  /** When the last request arrives, on average. */
  readonly duration: number
  readonly seed: number
  /** Tells clients that the list of servers has changed. */
  announce(): void
}

/** Puts everything that happens to servers on the agenda. */
export function enactChanges(plan: Plan, stage: Stage): void {
  for (const [index, change] of plan.changes.entries()) {
    const servers = change.servers.map((number) => stage.fleet.servers[number] as Server)
    const from = change.from(stage.duration)
    const until = Math.min(change.until(stage.duration), stage.duration)
    if (from < until || change.kind === 'restart') enact(change, index, servers, from, until, stage)
  }
}

function enact(
  change: ChangePlan,
  reason: number,
  servers: readonly Server[],
  from: number,
  until: number,
  stage: Stage,
): void {
  const { agenda, fleet } = stage
  switch (change.kind) {
    case 'slow':
      callAt(agenda, from, () => each(servers, (server) => server.slow(reason, change.factor)))
      return callAt(agenda, until, () => each(servers, (server) => server.slow(reason, 1)))
    case 'antagonist':
      return antagonise(change, reason, servers, from, until, stage)
    case 'outage':
      callAt(agenda, from, () => each(servers, (server) => fail(server, change.how)))
      return callAt(agenda, until, () => each(servers, recover))
    case 'restart':
      return servers.forEach((server, i) => {
        const at = from + i * change.every
        // An orderly one: it takes nothing new, and finishes what it has.
        callAt(agenda, at, () => {
          server.state = 'refuse'
        })
        callAt(agenda, at + change.downtime, () => {
          recover(server)
          warm(server, reason, change.cold, agenda)
        })
      })
    case 'join':
    case 'leave':
      return callAt(agenda, from, () => {
        each(servers, (server) => fleet.list(server, change.kind === 'join'))
        if (change.kind === 'join') each(servers, (server) => warm(server, reason, change.cold, agenda))
        stage.announce()
      })
  }
}

function antagonise(
  change: Extract<ChangePlan, { kind: 'antagonist' }>,
  reason: number,
  servers: readonly Server[],
  from: number,
  until: number,
  { agenda, seed }: Stage,
): void {
  const random = stream(seed, `antagonist ${reason}`)
  const count = Math.min(change.count, servers.length)
  // Nobody is chosen twice in a row while there are others enough.
  const resting = 2 * count <= servers.length ? count : 0
  let order = [...servers]
  const move = () => {
    each(servers, (server) => server.slow(reason, 1))
    if (agenda.now >= until) return
    const [before, others] = [order.slice(0, resting), order.slice(resting)]
    // The first `count` of a shuffle that goes no further than that.
    for (let i = 0; i < count; i++) {
      const j = i + below(random, others.length - i)
      const chosen = others[j] as Server
      others[j] = others[i] as Server
      others[i] = chosen
      chosen.slow(reason, change.factor)
    }
    order = [...others, ...before]
    callAt(agenda, Math.min(until, agenda.now + change.every), move)
  }
  callAt(agenda, from, move)
}

function fail(server: Server, how: 'refuse' | 'silent' | number): void {
  if (typeof how === 'number') {
    server.status = how
    return
  }
  server.state = how
  server.lose(how === 'silent')
}

function recover(server: Server): void {
  server.state = 'up'
  server.status = 0
}

function warm(server: Server, reason: number, cold: ColdStart | undefined, agenda: Agenda): void {
  if (cold === undefined) return
  for (let step = 0; step <= WARMING; step++) {
    const left = 1 - step / WARMING
    callAt(agenda, agenda.now + (step * cold.duration) / WARMING, () =>
      server.slow(reason, 1 + (cold.factor - 1) * left),
    )
  }
}

function each(servers: readonly Server[], action: (server: Server) => void): void {
  for (const server of servers) action(server)
}
