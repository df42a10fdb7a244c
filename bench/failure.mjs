// npm run bench:failure -- [--quick] [--json] [--only contender,...] [--policy name,...] [--rounds n] [--seconds n]
import { bundle } from './bundle.mjs'
import { contenders } from './failure/contenders.mjs'
import { timeline } from './failure/fault.mjs'
import { measure } from './failure/measure.mjs'
import { sections } from './failure/report.mjs'
import { leaveOut } from './lib/left-out.mjs'
import { count, list, readOptions } from './lib/options.mjs'
import { print } from './lib/print.mjs'
import { takeTurns } from './lib/take-turns.mjs'

const SEED = 11_26
const more = {
  // Ours, beside the default one.
  policy: { type: 'string', default: '' },
  rounds: { type: 'string' },
  seconds: { type: 'string' },
}

const started = performance.now()
const options = readOptions(({ policy }) => ({ names: Object.keys(contenders(list(policy))) }), more)
const { quick, json } = options
const rounds = count(options.rounds, quick ? 1 : 3)
const seconds = count(options.seconds, quick ? 3 : 20)
const all = contenders(list(options.policy))
const { names, leftOut, versions } = leaveOut(all, options.names)

const { modules, remove } = await bundle()
try {
  const run = { ...timeline(quick, seconds), modules }
  const results = await takeTurns({
    rounds,
    attempts: quick ? 1 : undefined,
    scenarios: ['fault'],
    names,
    measure: ({ name, round }) => measure({ ...run, contender: all[name], seed: SEED + round }),
  })
  const labels = Object.fromEntries(names.map((name) => [name, all[name].label]))
  const about = { bench: 'bench:failure', node: process.version, quick, leftOut, versions, labels }
  const took = (performance.now() - started) / 1000
  print({ ...about, rounds, seconds, took, results }, json, sections)
} finally {
  remove()
}
