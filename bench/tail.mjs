// npm run bench:tail -- [--quick] [--json] [--only scenario,contender,...] [--policy name,...] [--rounds n] [--seconds n]
import { bundle } from './bundle.mjs'
import { leaveOut } from './lib/left-out.mjs'
import { count, list, readOptions } from './lib/options.mjs'
import { print } from './lib/print.mjs'
import { takeTurns } from './lib/take-turns.mjs'
import { contenders } from './tail/contenders.mjs'
import { scenarios } from './tail/fleet.mjs'
import { measure } from './tail/measure.mjs'
import { sections } from './tail/report.mjs'

const SEED = 20_26
const more = {
  // Ours, beside the default one.
  policy: { type: 'string', default: 'leastRequest,random' },
  rounds: { type: 'string' },
  seconds: { type: 'string' },
}

const started = performance.now()
const options = readOptions(
  ({ policy }) => ({ scenarios, names: Object.keys(contenders(list(policy))) }),
  more,
)
const { quick, json } = options
const rounds = count(options.rounds, quick ? 1 : 3)
const seconds = count(options.seconds, quick ? 2 : 12)
const all = contenders(list(options.policy))
// There is nothing to compare with without the first one.
const { names, leftOut, versions } = leaveOut(all, [...new Set([Object.keys(all)[0], ...options.names])])

const { modules, remove } = await bundle()
try {
  const run = { duration: seconds * 1000, warmUp: quick ? 500 : 2_000, modules }
  const results = await takeTurns({
    rounds,
    attempts: quick ? 1 : undefined,
    scenarios: options.scenarios,
    names,
    measure: ({ scenario, name, round }) =>
      measure({ ...run, scenario, contender: all[name], seed: SEED + round }),
  })
  const labels = Object.fromEntries(names.map((name) => [name, all[name].label]))
  const about = { bench: 'bench:tail', node: process.version, quick, leftOut, versions, labels }
  const took = (performance.now() - started) / 1000
  print({ ...about, rounds, seconds, took, results }, json, sections)
} finally {
  remove()
}
