// Contenders take turns, round by round and scenario by scenario, so that a noisy neighbour slows all of them alike.
import { progress } from './progress.mjs'

/** How often a run is made before one that the machine has spoilt is taken as it is. */
const ATTEMPTS = 3
/**
 * A generator or a server that is later than this (p99, ms) had not enough of the machine. Who is late is known without
 * looking at what was measured, so to repeat such a run favours nobody.
 */
const TOO_LATE = 8

/** Did the machine spoil it? */
export const noisy = (run) => lateness(run) > TOO_LATE

const lateness = ({ late, lateAnswers = 0 }) => Math.max(late, lateAnswers)

/** Gives for each scenario and contender what `measure` gave in each round. Each round begins with another one. */
export async function takeTurns({ rounds, scenarios, names, measure, attempts = ATTEMPTS, stream }) {
  const results = {}
  for (const scenario of scenarios) results[scenario] = Object.fromEntries(names.map((name) => [name, []]))
  const line = progress(rounds * scenarios.length * names.length, stream)
  for (let round = 0; round < rounds; round++) {
    for (const scenario of scenarios) {
      for (let i = 0; i < names.length; i++) {
        const name = names[(i + round) % names.length]
        line.step(`${scenario}, round ${round + 1} of ${rounds}: ${name}`)
        const once = () => measure({ scenario, name, round })
        results[scenario][name].push(await quietest(once, attempts))
      }
    }
  }
  line.end()
  return results
}

/** The first run that the machine left alone, or else the one that it spoilt least. */
async function quietest(measure, attempts) {
  let best
  for (let repeats = 0; repeats < attempts; repeats++) {
    const result = await measure()
    if (best === undefined || lateness(result) < lateness(best)) best = result
    if (!noisy(best)) return { ...best, repeats }
  }
  return { ...best, repeats: attempts - 1 }
}
