import { bar, count, milliseconds, type Paint, percent } from './format.ts'
import type { Scene, ServerScene } from './monitor.ts'
import { SLOW_CALL, type Summary } from './statistics.ts'

/** Made for a terminal of 80 columns, whose last one is better left alone. */
const WIDTH = 78
/** Calls in flight that fill a bar. */
const CROWD = 8
/** Lines for what happened last. */
const NEWS = 4
/** So many times the latency of the fastest is what "slow" means here. */
const SLOW_FACTOR = 5

/** Draws one moment as lines of at most {@link WIDTH} columns; at most `rows` of them. */
export function frame(scene: Scene, paint: Paint, rows: number): string[] {
  const fastest = Math.min(
    ...scene.servers.map(({ balanced }) => balanced.latency ?? Number.POSITIVE_INFINITY),
  )
  const main = [
    ...title(scene, paint),
    '',
    ...heads(paint),
    ...scene.servers.flatMap((server) => [
      numbers(server, paint),
      explanation(server, fastest * SLOW_FACTOR, paint),
    ]),
    '',
    ...totals(scene, paint),
    '',
  ]
  const room = rows - main.length
  if (room >= NEWS) return [...main, ...news(scene, paint, NEWS)]
  // 24 rows are the most common, and too few for gaps.
  const dense = main.filter((line) => line !== '')
  return [...dense, ...news(scene, paint, Math.min(Math.max(0, rows - dense.length), NEWS))].slice(0, rows)
}

function title({ elapsed, seconds, troubles }: Scene, paint: Paint): string[] {
  const name = 'evenkeel demo'
  const clock = `${elapsed.toFixed(1)} of ${seconds} s`
  const gap = WIDTH - name.length - clock.length - 4
  const now =
    troubles.length === 0 ? paint('green', 'all six servers are well') : paint('yellow', troubles.join(', '))
  return [
    ` ${paint('bold', name)} ${paint('dim', bar(elapsed / seconds, gap))}  ${clock}`,
    ` ${paint('bold', 'Now:')} ${now}`,
  ]
}

function heads(paint: Paint): string[] {
  return [
    paint('bold', `${' '.repeat(13)}${'through evenkeel'.padEnd(44)}plain round robin`),
    paint(
      'dim',
      ` server      ${'share of calls'.padEnd(17)}${'latency'.padEnd(17)}${'in flight'.padEnd(10)}share latency failed`,
    ),
  ]
}

/** The columns of one server. */
function numbers({ name, weight, balanced, plain }: ServerScene, paint: Paint): string {
  const slow = (latency = 0) => latency > SLOW_CALL
  return [
    ` ${paint('bold', name.padEnd(8))}${paint('dim', `×${weight}`)}  `,
    `${paint('cyan', bar(balanced.share, 10))} ${percent(balanced.share).padStart(5)} `,
    paint(slow(balanced.latency) ? 'red' : 'cyan', bar((balanced.latency ?? 0) / SLOW_CALL, 7)),
    `${milliseconds(balanced.latency).padStart(7)}   `,
    `${paint('cyan', bar(balanced.inFlight / CROWD, 4))}${String(balanced.inFlight).padStart(3)}   `,
    `${percent(plain.share).padStart(5)} `,
    paint(slow(plain.latency) ? 'red' : [], milliseconds(plain.latency).padStart(7)),
    paint(plain.failed > 0 ? 'red' : [], percent(plain.failed).padStart(7)),
  ].join('')
}

/** Why the balancer does with it what it does. */
function explanation({ balanced }: ServerScene, slow: number, paint: Paint): string {
  const { eligible, state, reason } = balanced.endpoint
  const left = balanced.left === undefined ? '' : `, ${(balanced.left / 1000).toFixed(1)} s to go`
  const text = `${' '.repeat(13)}${reason}${left}`
  if (!eligible) return paint(state.startsWith('trial') ? 'yellow' : 'red', text)
  if ((balanced.latency ?? 0) <= slow) return paint('dim', text)
  return paint('yellow', `${' '.repeat(13)}eligible but slow: gets a call only when another is busy enough`)
}

function totals({ balanced, plain, retries }: Scene, paint: Paint): string[] {
  const line = (name: string, { calls, failed, p50, p99 }: Summary, tail: string) =>
    ` ${name.padEnd(18)}${count(calls).padStart(7)}` +
    paint(failed > 0 ? 'red' : 'green', count(failed).padStart(9)) +
    `${milliseconds(p50).padStart(10)}` +
    paint((p99 ?? 0) > SLOW_CALL ? 'red' : [], milliseconds(p99).padStart(11)) +
    tail.padStart(10)
  return [
    paint('dim', ` so far              calls   failed    median   99 % under   retries`),
    line('through evenkeel', balanced, count(retries)),
    line('plain round robin', plain, 'none'),
  ]
}

function news({ entries }: Scene, paint: Paint, rows: number): string[] {
  return entries.slice(entries.length - Math.min(rows, entries.length)).map(({ at, by, text }) => {
    const time = paint('dim', `${at.toFixed(1).padStart(5)} s `)
    const line = by === 'fleet' ? text : `evenkeel ${text}`
    return `${time} ${paint(by === 'fleet' ? 'yellow' : 'cyan', line)}`
  })
}
