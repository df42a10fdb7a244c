// npm run test:chaos -- [--quick] [--only fault,...] [--json file]
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { bundle } from '../../bench/bundle.mjs'
import { list } from '../../bench/lib/options.mjs'
import { progress } from '../../bench/lib/progress.mjs'
import { asText } from '../../bench/lib/section.mjs'
import { FAULTS } from './faults/all.ts'
import { Fleet } from './fleet.ts'
import { faultSection } from './report.ts'
import { FULL, QUICK, type Result, run } from './run.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    json: { type: 'string', default: '' },
  },
})
const names: readonly string[] = list(values.only)
const unknown = names.filter((name) => !FAULTS.some((fault) => fault.name === name))
if (unknown.length > 0) throw new Error(`there is no ${unknown.join(',')}: ${FAULTS.map(({ name }) => name).join(', ')}`)
const faults = FAULTS.filter(({ name }) => names.length === 0 || names.includes(name))

const { modules, remove } = await bundle()
const results: Result[] = []
try {
  await using fleet = new Fleet()
  const line = progress(faults.length)
  for (const fault of faults) {
    line.step(fault.name)
    results.push(await run(fault, { fleet, library: modules['evenkeel']!, scale: values.quick ? QUICK : FULL }))
  }
  line.end()
} finally {
  remove()
}
process.stdout.write(asText(faultSection(results, 'Faults')))
if (values.json !== '') writeFileSync(values.json, JSON.stringify({ node: process.version, results }, undefined, 2))
if (results.some(({ broken }) => broken.length > 0)) process.exitCode = 1
