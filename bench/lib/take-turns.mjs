// Contenders take turns, round by round and scenario by scenario, so that a noisy neighbour slows all of them alike.
import { progress } from './progress.mjs'

/** Gives for each scenario and contender what `measure` gave in each round. Each round begins with another one. */
export async function takeTurns({ rounds, scenarios, names, measure }) {
  const results = {}
  for (const scenario of scenarios) results[scenario] = Object.fromEntries(names.map((name) => [name, []]))
  const line = progress(rounds * scenarios.length * names.length)
  for (let round = 0; round < rounds; round++) {
    for (const scenario of scenarios) {
      for (let i = 0; i < names.length; i++) {
        const name = names[(i + round) % names.length]
        line.step(`${scenario}, round ${round + 1} of ${rounds}: ${name}`)
        results[scenario][name].push(await measure({ scenario, name, round }))
      }
    }
  }
  line.end()
  return results
}
