// Contenders take turns in short rounds, so that a noisy neighbour slows all of them alike; and each is in a process of
// its own, so that none pays for the rubbish and the timers of another, or for the types that the compiler saw there.
import { startProgram } from './lib/program.mjs'
import { spread } from './lib/statistics.mjs'

const CONTENDER = new URL('./contender.mjs', import.meta.url)
/**
 * The compiler works at once and not beside the contender, on a core that others may need: so what is optimised by
 * when depends on what was done, and not on who else is busy. What it makes is the same.
 */
const FLAGS = ['--expose-gc', '--no-concurrent-recompilation']
/** Of the rounds' ratios, the share left out on either side of what is called their spread. */
const OUTSIDE = 0.1

/**
 * Measures contenders against the first of them. Gives for each: `ns` and `best` (median and least time of an operation),
 * `ratio` (median of the rounds' own ratios to the first, with `low` and `high` for eight rounds in ten), `above` (median
 * of what it took more than the first, in ns) and `bytes` (allocated by an operation).
 */
export async function contest({ contenders, rounds, ...common }) {
  const entries = Object.keys(contenders).map((name) => ({
    name,
    samples: [],
    ...startProgram(CONTENDER, FLAGS),
  }))
  try {
    await Promise.all(entries.map(({ name, tell }) => tell('prepare', { ...common, ...contenders[name] })))
    // One after the other: who is disturbed would do less in a batch, and small batches cost more for each operation.
    for (const { tell } of entries) await tell('size', common)
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < entries.length; i++) {
        const { tell, samples } = entries[(round + i) % entries.length]
        samples.push(await tell('time'))
      }
    }
    const [first] = entries
    const results = {}
    for (const { name, tell, samples } of entries) {
      const {
        median: ratio,
        low,
        high,
      } = spread(
        samples.map((sample, round) => sample / first.samples[round]),
        OUTSIDE,
      )
      const above = spread(samples.map((sample, round) => sample - first.samples[round])).median
      const ns = spread(samples).median
      const bytes = await tell('bytes')
      results[name] = { ns, best: Math.min(...samples), ratio, low, high, above, bytes }
    }
    return results
  } finally {
    for (const { stop } of entries) stop()
  }
}
