// `npm test`: every check in turn, cheapest first, up to the first one that fails. Each is an npm script of its own.
import { spawnSync } from 'node:child_process'
import './require-node.mjs'
import './servers.mjs'

const steps = [
  ['lint', 'format and lint rules'],
  ['typecheck', 'types of the library, its tests and its tooling'],
  ['check:imports', 'import directions and cycles'],
  ['check:unused', 'unused files, exports and dependencies'],
  ['build', 'the artefacts'],
  ['test:vitest', 'unit, integration and type tests, with coverage'],
  ['check:dist', 'self-contained artefacts, types usable by consumers'],
  ['check:package', 'package layout as bundlers and TypeScript see it'],
  ['check:size', 'size budget'],
  ['test:runtimes', 'the artefacts on other runtimes'],
]

const timings = []
for (const [index, [script, what]] of steps.entries()) {
  console.log(`\n=== ${index + 1}/${steps.length} npm run ${script}: ${what}\n`)
  const start = performance.now()
  const { status } = spawnSync(process.execPath, ['--run', script], { stdio: 'inherit' })
  if (status !== 0) {
    console.error(`\n=== failed: npm run ${script}`)
    process.exit(status || 1)
  }
  timings.push(`${script} ${((performance.now() - start) / 1000).toFixed(1)} s`)
}
console.log(`\n=== all ${steps.length} steps passed: ${timings.join(', ')}`)
