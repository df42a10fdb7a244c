// The results of `npm run bench:failure` as sections of a report.
import { number } from '../lib/section.mjs'
import { median, spread } from '../lib/statistics.mjs'
import { noisy } from '../lib/take-turns.mjs'
import { CALLS_PER_SECOND, TRIES, TRY_TIMEOUT } from './fault.mjs'

export function sections({ rounds, seconds, results, labels }) {
  const { fault } = results
  return [
    {
      title: 'Failure: of ten servers two refuse, one answers 503, one is silent',
      notes: [
        `${CALLS_PER_SECOND} calls a second, ${seconds} s of fault, ${TRY_TIMEOUT} ms a try, ${TRIES} tries; median of ${rounds} rounds (least–greatest).`,
        'Requests of health checks (HAProxy, evenkeel with httpCheck) are no tries.',
        `Before the fault p99 was ${number(median(Object.values(fault).flatMap((own) => own.map(({ healthy }) => healthy))))} ms.`,
      ],
      head: [
        '',
        'success %',
        'calls over 500 ms',
        'p99 ms in the fault',
        'tries into the 503',
        'tries into the silent one',
        'all in use again after s',
        'late ms',
      ],
      rows: Object.entries(fault).map(([name, own]) => [
        labels[name],
        ranged(own, 'success', (value) => value.toFixed(2)),
        ...['noticed', 'p99', 'unavailable', 'silent'].map((key) => ranged(own, key, whole)),
        back(own, rounds),
        number(median(own.map(({ late }) => late))) + (own.some(noisy) ? ', NOISY RUN' : ''),
      ]),
    },
  ]
}

const whole = (value) => Math.round(value).toLocaleString('en')

function ranged(own, key, format) {
  const { median, low, high } = spread(own.map((round) => round[key]))
  return low === high ? format(median) : `${format(median)} (${format(low)}–${format(high)})`
}

function back(own, rounds) {
  const times = own.filter(({ back }) => back !== null).map(({ back }) => ({ back: back / 1000 }))
  if (times.length === 0) return 'not by the end'
  const rest = times.length < rounds ? `, not by the end in ${rounds - times.length}` : ''
  return ranged(times, 'back', (value) => value.toFixed(1)) + rest
}
