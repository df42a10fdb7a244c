// The built package, packed and installed as users get it, on every runtime that docs/runtimes.md promises.
// `npm run test:runtimes -- bun deno` does only those runs whose names contain one of the words.
import { FREEZE } from './freeze.mjs'
import { runProgram } from './on-process.mjs'
import { runWorker } from './on-workerd.mjs'
import { installPackage } from './package-under-test.mjs'
import { Report } from './report.mjs'
import { processes, versionOf, workerd } from './runtimes.mjs'

const words = process.argv.slice(2)
const start = performance.now()
const seconds = (since) => (performance.now() - since) / 1000
const report = new Report()

/** Runs that are done one after the other; runtimes are independent of each other. */
async function lane(runs) {
  for (const { name, run } of runs) {
    if (words.length > 0 && !words.some((word) => name.includes(word))) continue
    const began = performance.now()
    report.add(name, await run(), seconds(began))
  }
}

async function onProcess(runtime, tested) {
  const title = `${runtime.name} ${await versionOf(runtime.command)}`
  return Object.entries(runtime.programs).map(([label, file]) => ({
    name: `${title} ${label}`,
    run: () => runProgram(runtime, file, tested),
  }))
}

async function onWorkerd(tested) {
  const date = await versionOf(workerd)
  // An old date has neither Node's modules nor much of the web platform; a new one has both without asking.
  return ['2024-01-01', date].map((date) => ({
    name: `workerd, compatibility date ${date}`,
    run: () => runWorker(date, tested),
  }))
}

const tested = await installPackage().catch((error) => {
  console.error(`test:runtimes: ${error.message}`)
  process.exit(1)
})
console.log(`${tested.filename}, installed offline into an empty project\n`)

const runs = await Promise.all([...processes.map((one) => onProcess(one, tested)), onWorkerd(tested)])
await Promise.all(runs.map(lane))

console.log(
  `\n${report.runs} runs in ${seconds(start).toFixed(1)} s: ${report.passed} passed, ${report.failed} failed`,
)
console.log(
  `Freezes of seconds were real (SIGSTOP for ${FREEZE / 1000} s), those of minutes a jump of a virtual clock.`,
)
if (report.runs === 0) console.error(`no run has a name with ${words.join(' or ')} in it`)
process.exitCode = report.runs > 0 && report.failed === 0 ? 0 : 1
