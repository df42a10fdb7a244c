// npm run test:transports -- [--only text] [--show]: the table of cases and transports; --show tells what is seen, too
import '../../support/sources.ts'
import { parseArgs } from 'node:util'

const { CASES } = await import('./cases/all.ts')
const { COLUMNS, TRUTH } = await import('./columns.ts')
const { runCase } = await import('./run-case.ts')
const { differencesOf } = await import('./differences.ts')
const { judge } = await import('./verdict.ts')
const { EXPLAINED } = await import('./explained.ts')

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    show: { type: 'boolean', default: false },
    twice: { type: 'boolean', default: false },
  },
})
const columns = values.twice ? [TRUTH, TRUTH] : COLUMNS
const cut = (x: any) => {
  const t = JSON.stringify(x) ?? 'undefined'
  return t.length > 300 ? t.slice(0, 300) + '…' : t
}
const t0 = performance.now()
const all: any = {}
for (const one of CASES) {
  if (!one.name.includes(values.only)) continue
  const at = performance.now()
  const [truth, ...others] = await Promise.all([TRUTH, ...columns].map((column) => runCase(one, column)))
  const took = performance.now() - at
  if (took > 150) console.log(`SLOW ${one.name} ${Math.round(took)}`)
  if (values.show) console.log(one.name, JSON.stringify(truth, undefined, 1))
  columns.forEach((column, i) => {
    const v = judge(one.name, column.name, differencesOf(truth, others[i]), EXPLAINED)
    if (v.unexplained.length + v.stale.length > 0) {
      ;(all[one.name] ??= {})[column.name] = Object.fromEntries(v.unexplained.map((d) => [d.path, d.found]))
      for (const d of v.unexplained)
        console.log(`    ${d.path}: ${cut(d.expected)}\n      -> ${cut(d.found)}`)
      for (const s of v.stale) console.log('    stale', s)
    }
  })
}
console.log('DONE', Math.round(performance.now() - t0))
import('node:fs').then((fs) =>
  fs.writeFileSync(
    '/tmp/diff.json',
    JSON.stringify(all, (k, v) => (v === undefined ? null : v)),
  ),
)
