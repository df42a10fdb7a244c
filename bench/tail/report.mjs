// The results of `npm run bench:tail` as sections of a report.
import { number, ratio } from '../lib/section.mjs'
import { median, spread } from '../lib/statistics.mjs'
import { noisy } from '../lib/take-turns.mjs'

const TITLES = {
  equal: 'equal: ten servers alike',
  slow2: 'slow2: two of ten are five times slower',
  grey: 'grey: one of ten turns twenty times slower a third into the run',
  antagonist: 'antagonist: at any time three of ten are four times slower, others each second',
}
export function sections({ rounds, seconds, results, labels }) {
  const scenarios = Object.entries(results).map(([scenario, byContender]) => ({
    title: `Tail, ${TITLES[scenario]}`,
    notes: notes(byContender, rounds, seconds),
    head: ['', 'p50 x oracle', 'p99 x oracle', 'p99.9 x oracle', 'p99 ms', 'client CPU us', 'late ms', ''],
    rows: Object.entries(byContender).map(([name, own]) => row(labels[name], own, byContender.oracle)),
  }))
  return Object.keys(results).length > 1 ? [summary(results, labels), ...scenarios] : scenarios
}

function summary(results, labels) {
  const scenarios = Object.keys(results)
  const names = Object.keys(results[scenarios[0]])
  return {
    title: 'Tail: p99 relative to the oracle',
    head: ['', ...scenarios],
    rows: names.map((name) => [
      labels[name],
      ...scenarios.map((scenario) => {
        const { [name]: own, oracle } = results[scenario]
        return sign(own) + ratio(toOracle(own, oracle, 'p99'))
      }),
    ]),
  }
}

function row(label, own, oracle) {
  const of = (key) => median(own.map((round) => round[key]))
  return [
    label,
    ...['p50', 'p99', 'p999'].map((key) => sign(own) + ratio(toOracle(own, oracle, key))),
    number(of('p99')),
    number(of('cpu') * 1000),
    number(of('late')),
    remarks(own),
  ]
}

/** Each round against the oracle of the same round. */
function toOracle(own, oracle, key) {
  return spread(own.map((round, i) => round[key] / oracle[i][key]))
}

function remarks(own) {
  const sum = (key) => own.reduce((total, round) => total + round[key], 0)
  const said = []
  if (sum('unfinished') > 0) said.push(`${sum('unfinished')} calls without an answer at the end`)
  if (sum('failed') > sum('unfinished')) said.push(`${sum('failed') - sum('unfinished')} failed`)
  if (own.some(noisy)) said.push('NOISY RUN')
  return said.join(', ')
}

/** What was still waiting at the end had waited at least so long. */
const sign = (own) => (own.some(({ unfinished }) => unfinished > 0) ? '≥' : '')

function notes({ oracle }, rounds, seconds) {
  const { calls } = oracle[0]
  return [
    `${number(calls / seconds)} calls a second for ${seconds} s, median of ${rounds} rounds (least–greatest).`,
  ]
}
