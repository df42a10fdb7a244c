import { fileURLToPath } from 'node:url'
import { putBetween } from '../../bench/lib/put-between.mjs'
import { type Fault, hasShares } from './fault.ts'
import { FAULTS } from './faults/all.ts'
import { inWords } from './report.ts'
import type { Result } from './run.ts'
import type { ManyCallsResult } from './soak/many-calls.ts'
import type { SoakResult } from './soak/soak.ts'

/** Where users read what is promised, and what was measured. */
export const PAGE = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url))

/** What the page says of a fault before anything is measured. */
export function promiseRow(fault: Fault): string {
  const { name, what, sees } = fault
  return `| **${name}**: ${what} | ${sees} | ${promisedInWords(fault)} |`
}

/** Puts results into the table; rows of faults that were not measured stay as they are. */
export function withFaults(page: string, results: readonly Result[]): string {
  const rows = FAULTS.map((fault) => {
    const result = results.find(({ name }) => name === fault.name)
    if (result === undefined)
      return page.split('\n').find((line) => line.startsWith(`| **${fault.name}**`)) ?? ''
    const { measured, broken } = result
    const verdict = broken.length === 0 ? '' : `. **Not kept: ${broken.join('; ')}**`
    return `${promiseRow(fault)} ${inWords(measured)}${verdict} |`
  })
  const head = ['| What goes wrong | What the caller sees | Promised | Measured |', '|---|---|---|---|']
  return putBetween(page, 'faults', [...head, ...rows.filter((row) => row !== '')].join('\n'))
}

export function withSoak(page: string, { samples, heapPerHour }: SoakResult): string {
  const calls = samples.reduce((sum, sample) => sum + sample.calls, 0)
  const failed = samples.reduce((sum, sample) => sum + sample.failed, 0)
  const minutes = (samples.at(-1)?.at ?? 0) / 60
  const range = (of: 'sockets' | 'timers') => {
    const all = samples.map((sample) => sample[of])
    return `${Math.min(...all)} to ${Math.max(...all)}`
  }
  const text = [
    `${minutes.toFixed(0)} minutes, ${calls.toLocaleString('en')} calls, ${failed} failed.`,
    `The heap's trend was ${heapPerHour.toFixed(2)} MB an hour; ${range('sockets')} sockets and ${range('timers')} timers`,
    'were open between one minute and the next.',
  ]
  return putBetween(page, 'soak', text.join('\n'))
}

export function withManyCalls(
  page: string,
  kind: 'stubbed' | 'real',
  { calls, heapGrowth, samples }: ManyCallsResult,
): string {
  const heap = (samples.at(-1)?.heap ?? 0) / 2 ** 20
  const text = `${calls.toLocaleString('en')} calls: the heap's trend over all of them was ${heapGrowth.toFixed(2)} MB, with ${heap.toFixed(1)} MB in use.`
  if (kind === 'stubbed') return putBetween(page, 'many-calls', text)
  const sockets = samples.map((sample) => sample.sockets)
  const open = `Open between one twentieth of them and the next: ${Math.min(...sockets)} to ${Math.max(...sockets)} sockets; after \`close()\`: none.`
  return putBetween(page, 'real-calls', `${text}\n${open}`)
}

function promisedInWords({ promised, policy }: Fault): string {
  const { success, failed, postsFailed, p99, slow, amplification, ejected, recovered } = promised
  const words = [
    ...(failed !== undefined ? [`at most ${failed} idempotent calls fail`] : []),
    ...(failed === undefined && success === undefined ? ['no idempotent call fails'] : []),
    ...(postsFailed !== undefined ? [`at most ${postsFailed} POSTs fail`] : []),
    ...(p99 !== undefined ? [`p99 at most ${p99} times that of before`] : []),
    ...(slow !== undefined ? [slow === 0 ? 'no call over 500 ms' : `at most ${slow} calls over 500 ms`] : []),
    ...(amplification !== undefined ? [`at most ${amplification} requests per call`] : []),
    ...(ejected !== undefined ? [`out of selection within ${ejected / 1000} s`] : []),
    ...(recovered !== undefined
      ? [`${hasShares(policy) ? 'half of its share' : 'in use'} again within ${recovered / 1000} s`]
      : []),
    ...(promised.besidesInWords !== undefined ? [promised.besidesInWords] : []),
  ]
  return words.join('; ')
}
