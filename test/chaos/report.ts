import { number } from '../../bench/lib/section.mjs'
import { noisy } from '../../bench/lib/take-turns.mjs'
import type { Measured } from './observation.ts'
import type { Result } from './run.ts'

const HEAD = [
  'fault',
  'calls',
  'success %',
  'POSTs failed',
  'p99 ms before',
  'p99 ms',
  'over 500 ms',
  'requests per call',
  'out after ms',
  'back after ms',
  'left: sockets, timers, MB',
  'late ms',
  'promises',
]

/** The one table of a run. */
export function faultSection(results: readonly Result[]) {
  return { title: 'Faults', notes: [], head: HEAD, rows: results.map(row) }
}

function row({ name, measured, broken }: Result): string[] {
  const { calls, posts, postsFailed, p99Before, p99, slow, amplification, left, heapGrowth } = measured
  return [
    ...[name, whole(calls), percent(measured), posts > 0 ? whole(postsFailed) : '-'],
    ...[number(p99Before), number(p99), whole(slow), amplification.toFixed(2)],
    ...[time(measured.ejected), time(measured.recovered)],
    `${left.sockets}, ${left.timers}, ${heapGrowth.toFixed(1)}`,
    number(measured.late) + (noisy(measured) ? ', NOISY RUN' : ''),
    broken.map((one) => `BROKEN: ${one}`).join('; ') || 'kept',
  ]
}

/** What was measured, in a few words for the documentation. */
export function inWords(measured: Measured): string {
  const { posts, postsFailed, p99, p99Before, slow, amplification, ejected, recovered } = measured
  return [
    `${percent(measured)} % of ${whole(measured.gets)} idempotent calls${posts > 0 ? `, ${whole(posts - postsFailed)} of ${whole(posts)} POSTs` : ''}`,
    `p99 ${number(p99)} ms (before: ${number(p99Before)})${slow > 0 ? `, ${slow} over 500 ms` : ''}`,
    `${amplification.toFixed(2)} requests per call`,
    ...(ejected !== null ? [`out after ${time(ejected)} ms`] : []),
    ...(recovered !== null ? [`back after ${time(recovered)} ms`] : []),
  ].join('; ')
}

const whole = (value: number) => Math.round(value).toLocaleString('en')
const time = (value: number | null) => (value === null ? '-' : whole(value))

/** Rounded down, so that 100 means all. */
function percent({ failed, gets }: Measured): string {
  const share = gets === 0 ? 100 : (1 - failed / gets) * 100
  return (Math.floor(share * 100) / 100).toFixed(2)
}
