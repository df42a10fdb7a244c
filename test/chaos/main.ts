// npm run test:chaos -- [--quick] [--only fault,...] [--json file] [--docs]: all faults, or some
// npm run test:chaos -- --fuzz runs [--seed n] [--shrink] | --soak 30m | --calls 1e7 | --real-calls 1e6: something else instead
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { bundle } from '../../bench/bundle.mjs'
import { list } from '../../bench/lib/options.mjs'
import { progress } from '../../bench/lib/progress.mjs'
import { asText } from '../../bench/lib/section.mjs'
import { noisy } from '../../bench/lib/take-turns.mjs'
import { PAGE, withFaults, withManyCalls, withSoak } from './docs-page.ts'
import { FAULTS } from './faults/all.ts'
import { Fleet } from './fleet.ts'
import { fuzz } from './fuzz/fuzz.ts'
import { faultSection } from './report.ts'
import { FULL, QUICK, type Result, run } from './run.ts'
import { manyCalls } from './soak/many-calls.ts'
import { type Sample, soak } from './soak/soak.ts'

const MINUTE = 60
const ATTEMPTS = 2
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
    docs: { type: 'boolean', default: false },
    fuzz: { type: 'string' },
    seed: { type: 'string' },
    shrink: { type: 'boolean', default: false },
    soak: { type: 'string' },
    calls: { type: 'string' },
    'real-calls': { type: 'string' },
  },
})

const { modules, remove } = await bundle()
const library = modules['evenkeel']!
try {
  await using fleet = new Fleet()
  if (values.fuzz !== undefined) await doFuzz(fleet, number(values.fuzz))
  else if (values.soak !== undefined) await doSoak(fleet, duration(values.soak))
  else if (values.calls !== undefined) await doManyCalls('stubbed', library, number(values.calls))
  else if (values['real-calls'] !== undefined)
    await doManyCalls('real', modules['node']!, number(values['real-calls']))
  else await doFaults(fleet)
} finally {
  remove()
}

async function doFaults(fleet: Fleet): Promise<void> {
  const faults = chosen()
  const results: Result[] = []
  const line = progress(faults.length)
  for (const fault of faults) {
    line.step(fault.name)
    results.push(await quietest(() => run(fault, { fleet, library, scale: values.quick ? QUICK : FULL })))
  }
  line.end()
  say(asText(faultSection(results)))
  keep({ quick: values.quick, results })
  if (values.docs && !values.quick) document((page) => withFaults(page, results))
  judge(results.flatMap(({ name, broken }) => broken.map((promise) => `${name}: ${promise}`)))
}

/** The first run that the machine left alone, or the one that it spoilt least; in short runs the first one. */
async function quietest(once: () => Promise<Result>): Promise<Result> {
  let best = await once()
  for (let again = 1; again < ATTEMPTS && noisy(best.measured) && !values.quick; again++) {
    const other = await once()
    if (other.measured.late < best.measured.late) best = other
  }
  return best
}

async function doFuzz(fleet: Fleet, runs: number): Promise<void> {
  const seed = values.seed === undefined ? {} : { seed: number(values.seed) }
  await fuzz(fleet, library, { runs, ...seed, shrink: values.shrink })
  say(`${runs} random stories: all promises were kept\n`)
}

async function doSoak(fleet: Fleet, seconds: number): Promise<void> {
  const result = await soak({ fleet, library }, { seconds, every: Math.min(MINUTE, seconds / 5) }, saySample)
  keep(result)
  if (values.docs) document((page) => withSoak(page, result))
  judge(result.broken)
}

async function doManyCalls(kind: 'stubbed' | 'real', library: string, calls: number): Promise<void> {
  const result = await manyCalls(kind, library, calls, ({ calls, heap, sockets, timers }) =>
    say(`${calls} calls, heap ${megabytes(heap)} MB, ${sockets} sockets, ${timers} timers\n`),
  )
  say(`the heap grew by ${result.heapGrowth.toFixed(2)} MB\n`)
  keep(result)
  if (values.docs) document((page) => withManyCalls(page, kind, result))
  judge(result.broken)
}

function chosen() {
  const names: readonly string[] = list(values.only)
  const unknown = names.filter((name) => !FAULTS.some((fault) => fault.name === name))
  if (unknown.length > 0) {
    const known = FAULTS.map(({ name }) => name).join(', ')
    throw new Error(`--only ${unknown.join(',')}: there is ${known}`)
  }
  return FAULTS.filter(({ name }) => names.length === 0 || names.includes(name))
}

function saySample({ at, calls, failed, heap, sockets, timers }: Sample): void {
  say(
    `${at.toFixed(0)} s: ${calls} calls, ${failed} failed; heap ${megabytes(heap)} MB, ${sockets} sockets, ${timers} timers\n`,
  )
}

function keep(results: object): void {
  const { json } = values
  if (json !== undefined)
    writeFileSync(json, JSON.stringify({ node: process.version, ...results }, undefined, 2))
}

function document(change: (page: string) => string): void {
  writeFileSync(PAGE, change(readFileSync(PAGE, 'utf8')))
}

function judge(broken: readonly string[]): void {
  for (const promise of broken) say(`BROKEN ${promise}\n`)
  if (broken.length > 0) process.exitCode = 1
}

function say(text: string): void {
  process.stdout.write(text)
}

function number(text: string): number {
  const value = Number(text)
  if (!(value >= 1)) throw new Error(`${text} is not a number of 1 or more`)
  return value
}

/** In s: `90s`, `30m`, `2h`. */
function duration(text: string): number {
  const [, amount, unit] = /^(\d+)([smh])$/.exec(text) ?? []
  if (amount === undefined) throw new Error(`${text} is not a time such as 90s, 30m or 2h`)
  return Number(amount) * { s: 1, m: MINUTE, h: 60 * MINUTE }[unit as 's' | 'm' | 'h']
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
