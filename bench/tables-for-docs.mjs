// node bench/tables-for-docs.mjs a.json b.json ...: puts what `npm run bench... -- --json` said into docs/performance.md,
// each between the comments that bear its name.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { sections as failure } from './failure/report.mjs'
import { putBetween } from './lib/put-between.mjs'
import { asMarkdown } from './lib/section.mjs'
import { sections as bench, parts } from './report.mjs'
import { sections as tail } from './tail/report.mjs'

const SECTIONS = { bench, 'bench:tail': tail, 'bench:failure': failure }
const page = fileURLToPath(new URL('../docs/performance.md', import.meta.url))

let text = readFileSync(page, 'utf8')
for (const file of process.argv.slice(2)) {
  const results = JSON.parse(readFileSync(file, 'utf8'))
  if (results.quick) throw new Error(`${file} is of a quick run, which is too short to quote`)
  const parts = results.bench === 'bench' ? split(results) : [[results.bench, results]]
  for (const [name, part] of parts) {
    text = putBetween(text, name, SECTIONS[results.bench](part).map(asMarkdown).join('\n'))
  }
}
writeFileSync(page, text)

/** The parts of `npm run bench` have places of their own, so that one can be measured again alone. */
function split(results) {
  return parts
    .filter((part) => results[part] !== undefined)
    .map((part) => [`bench ${part}`, { [part]: results[part] }])
}
