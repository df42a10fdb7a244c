// What the calls meet: ten servers, how fast each one is at any time, and how much traffic that is good for.
import { draw, seeded } from '../lib/seeded.mjs'

export const SERVERS = 10
/** Calls that a server works on at a time; the others queue, first in first out. */
export const SLOTS = 4
/** Of the work that a call brings, in ms; exponentially distributed. */
export const MEAN_DEMAND = 20
/** Share of what the servers can do that is asked of them. */
const LOAD = 0.72

/** How many times slower than healthy a server is, at a time in ms of a run of `duration` ms. */
const SCENARIOS = {
  equal: () => 1,
  /** Two of ten are five times slower, all the time. */
  slow2: (server) => (server < 2 ? 5 : 1),
  /** One turns twenty times slower a third into the run. */
  grey: (server, time, duration) => (server === 0 && time > duration / 3 ? 20 : 1),
  /** At any time three of ten are four times slower; others each second. */
  antagonist: (server, time) => (afflicted(Math.floor(time / 1000)).includes(server) ? 4 : 1),
}

export const scenarios = Object.keys(SCENARIOS)

const drawn = new Map()
function afflicted(second) {
  if (!drawn.has(second)) drawn.set(second, draw(seeded(1_000 + second), SERVERS, 3))
  return drawn.get(second)
}

export function slowness(scenario, duration) {
  return (server, time) => SCENARIOS[scenario](server, time, duration)
}

/** Calls a second that are `LOAD` of what the servers can do in a scenario, once it is as it stays. */
export function callsPerSecond(scenario, duration) {
  let capacity = 0
  for (let server = 0; server < SERVERS; server++) {
    capacity += (SLOTS * 1000) / (MEAN_DEMAND * slowness(scenario, duration)(server, duration))
  }
  return capacity * LOAD
}
