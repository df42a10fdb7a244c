// Contenders take turns in short rounds, so that a noisy neighbour slows all of them alike; and each is in a process of
// its own, so that none pays for the rubbish and the timers of another, or for the types that the compiler saw there.
import { fork } from 'node:child_process'

/**
 * Measures contenders against the first of them. Gives for each: `ns` and `best` (median and least time of an operation),
 * `ratio` (median of the rounds' own ratios to the first) and `bytes` (allocated by an operation).
 */
export async function contest({ contenders, rounds, ...common }) {
  const entries = Object.keys(contenders).map((name) => ({ name, samples: [], ...start() }))
  try {
    await Promise.all(entries.map(({ name, tell }) => tell('prepare', { ...common, ...contenders[name] })))
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < entries.length; i++) {
        const { tell, samples } = entries[(round + i) % entries.length]
        samples.push(await tell('time'))
      }
    }
    const [first] = entries
    const results = {}
    for (const { name, tell, samples } of entries) {
      const ratio = median(samples.map((sample, round) => sample / first.samples[round]))
      results[name] = { ns: median(samples), best: Math.min(...samples), ratio, bytes: await tell('bytes') }
    }
    return results
  } finally {
    for (const { child } of entries) if (child.connected) child.disconnect()
  }
}

function start() {
  const child = fork(new URL('./contender.mjs', import.meta.url), { execArgv: ['--expose-gc'] })
  const tell = (order, args) =>
    new Promise((resolve, reject) => {
      const died = (code) =>
        reject(new Error(`a contender ended with exit code ${code} when told to ${order}`))
      child.once('exit', died)
      child.once('message', (answer) => {
        child.off('exit', died)
        resolve(answer)
      })
      child.send({ order, args })
    })
  return { child, tell }
}

function median(samples) {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
