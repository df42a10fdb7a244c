import { count, milliseconds, type Paint, percent, plural } from './format.ts'
import type { Result, WayResult } from './perform.ts'
import { SLOW_CALL } from './statistics.ts'

/** By how much two latencies have to differ to be worth a word. */
const NOTABLE = 1.2
/** A call sent this late, in ms, is a busy machine. */
const NOTABLE_LAG = 100
const WIDTH = 78

/** What is better said in words. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection broken',
  EPIPE: 'connection broken',
  UND_ERR_SOCKET: 'connection broken',
  TimeoutError: 'no answer in time',
}

/** The end of the demo: a table, what was compared, and what it came to. */
export function report(result: Result, paint: Paint): string {
  return [
    '',
    ...table(result, paint),
    '',
    ...wrap(sentences(result).join(' ')),
    '',
    ...wrap(rules(result)).map((line) => paint('dim', line)),
    '',
  ].join('\n')
}

function table({ balanced, plain }: Result, paint: Paint): string[] {
  const row = (name: string, show: (way: WayResult) => string, good?: (way: WayResult) => boolean) => {
    const cell = (way: WayResult) => {
      const text = show(way).padStart(20)
      return good === undefined ? text : paint(good(way) ? 'green' : 'red', text)
    }
    return ` ${name.padEnd(24)}${cell(balanced)}${cell(plain)}`
  }
  const allWell = ({ failed }: WayResult) => failed === 0
  const quick = ({ p99 }: WayResult) => p99 !== null && p99 <= SLOW_CALL
  return [
    paint('bold', ` ${''.padEnd(24)}${'through evenkeel'.padStart(20)}${'plain round robin'.padStart(20)}`),
    row('calls', ({ calls }) => count(calls)),
    row('success rate', ({ successRate }) => percent(successRate, 2), allWell),
    row('failed calls', ({ failed }) => count(failed), allWell),
    row('latency p50', ({ p50 }) => milliseconds(p50)),
    row('latency p90', ({ p90 }) => milliseconds(p90)),
    row('latency p99', ({ p99 }) => milliseconds(p99), quick),
    row('latency max', ({ max }) => milliseconds(max)),
    row(`calls over ${SLOW_CALL} ms`, ({ slow, calls }) => `${count(slow)} (${percent(slow / calls, 1)})`),
    row('retries', ({ retries }) => count(retries)),
    row('attempts', ({ attempts }) => count(attempts)),
  ]
}

/** What was seen, in words; nothing that the numbers do not say. */
export function sentences(result: Result): string[] {
  return [success(result), ...latency(result), cost(result), ...lag(result)]
}

function success({ balanced, plain }: Result): string {
  const calls = count(balanced.calls)
  if (balanced.failed === 0 && plain.failed === 0) return `None of the ${calls} calls failed, in either way.`
  if (balanced.failed === 0) {
    const lost = `${count(plain.failed)} of the same ${calls} (${percent(plain.failed / plain.calls, 1)})`
    return `Not one of ${calls} calls through evenkeel failed; plain round robin lost ${lost}: ${failures(plain)}.`
  }
  const failed = `${count(balanced.failed)} of ${calls} calls through evenkeel failed (${failures(balanced)})`
  if (plain.failed === 0) return `${failed}, and none of plain round robin.`
  return `${failed}, and ${count(plain.failed)} of plain round robin (${failures(plain)}).`
}

/** `112 connections refused, 85 answers of 503`: the most frequent first. */
function failures(way: WayResult): string {
  const counts = new Map<string, number>()
  for (const [failure, times] of Object.entries(way.failures)) {
    const words = WORDS[failure] ?? failure
    counts.set(words, (counts.get(words) ?? 0) + times)
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([words, times]) => `${count(times)} × ${words}`)
    .join(', ')
}

function latency({ balanced, plain, slowed }: Result): string[] {
  if (balanced.p99 === null || plain.p99 === null) return []
  const [ours, theirs] = [milliseconds(balanced.p99), milliseconds(plain.p99)]
  if (plain.p99 < balanced.p99 * NOTABLE) {
    const word = balanced.p99 < plain.p99 * NOTABLE ? 'much the same' : 'worse through evenkeel'
    const both = `${ours} through evenkeel, and ${theirs} in plain round robin`
    return [`99 % of the answers took up to ${both}: ${word}.`]
  }
  const fact = `99 % of the answers through evenkeel took no more than ${ours}, against ${theirs}`
  if (slowed === undefined || slowed.balancedShare >= slowed.plainShare) return [`${fact}.`]
  const { server, balancedShare, plainShare } = slowed
  const shares = `${percent(balancedShare, 1)} of its attempts, and plain round robin ${percent(plainShare, 1)}`
  return [`${fact}: once ${server} was slow, evenkeel sent it ${shares}.`]
}

function cost({ balanced, restarted }: Result): string {
  const { retries, attempts, calls } = balanced
  const price =
    retries === 0
      ? 'That took no retries.'
      : `That took ${plural(retries, 'retry', 'retries')}, ${percent(attempts / calls - 1, 1)} more requests than calls.`
  if (restarted === undefined) return price
  const { server, backAfter } = restarted
  const back =
    backAfter === null
      ? `${server} had answered no call through evenkeel again by the end.`
      : `${server} answered its first call through evenkeel ${backAfter.toFixed(1)} s after it was up again.`
  return `${price} ${back[0]?.toUpperCase()}${back.slice(1)}`
}

function lag({ worstLag }: Result): string[] {
  if (worstLag < NOTABLE_LAG) return []
  return [
    `This machine was busy: calls were sent up to ${milliseconds(worstLag)} late, which counts in both ways.`,
  ]
}

function rules({ callsPerSecond, timeout }: Result): string {
  return (
    `Both ways called the same servers at the same moments, ${callsPerSecond} times a second on average, ` +
    'whether or not earlier calls were answered, and gave a call up after ' +
    `${timeout / 1000} s. A call succeeds with a 2xx answer; latencies are those of successful calls, from the moment ` +
    'that a call was due to the end of its answer. evenkeel ran with its default options; ' +
    'plain round robin takes one server after the other, without weights or retries.'
  )
}

/** Numbers stay with their units. */
function wrap(text: string): string[] {
  const lines = ['']
  for (const word of text.split(/ (?!%|ms\b|s\b)/)) {
    const line = lines.at(-1) as string
    if (line.length + word.length + 1 > WIDTH) lines.push(` ${word}`)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines
}
