// npm run test:transports -- [--only text]: the same cases over fetch and all transports, and where they differ from it
import { parseArgs } from 'node:util'
import { asText } from '../../../bench/lib/section.mjs'
import '../../support/sources.ts'

const { CASES } = await import('./cases/all.ts')
const { COLUMNS } = await import('./columns.ts')
const { compare } = await import('./compare.ts')
const { complaintsOf, reasonsOf, tableOf } = await import('./table.ts')

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } })
const cases = CASES.filter(({ name }) => name.includes(values.only))
if (cases.length === 0) throw new Error(`--only ${values.only}: no case has that in its name`)
const rows = []
for (const one of cases) rows.push({ name: one.name, verdicts: await compare(one, COLUMNS) })

const reasons = reasonsOf(rows)
const columns = COLUMNS.map(({ name }) => name)
const complaints = rows.flatMap(complaintsOf)
say(asText(tableOf(rows, columns, reasons)))
for (const [i, reason] of reasons.entries()) say(`[${i + 1}] ${reason}`)
say(`\n${rows.length} cases, ${complaints.length} differences that are not explained`)
for (const complaint of complaints) say(`BROKEN ${complaint}`)
if (complaints.length > 0) process.exitCode = 1

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
