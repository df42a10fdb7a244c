// The CommonJS artefacts. They are required by path: where `require` can load ES modules, 'evenkeel' means those.
const lib = require('./node_modules/evenkeel/dist/index.cjs')
const node = require('./node_modules/evenkeel/dist/node/index.cjs')
const testing = require('./node_modules/evenkeel/dist/testing/index.cjs')

async function main() {
  const { breaker } = await import('./breaker.mjs')
  const { calls } = await import('./calls.mjs')
  const { fleet } = await import('./fleet.mjs')
  const { nodeChecks } = await import('./node-checks.mjs')
  const { runChecks, watchTimers } = await import('./requests.mjs')
  const { thawed } = await import('./thawed.mjs')
  watchTimers()
  await runChecks({
    ...calls(lib, fleet),
    ...breaker(lib, fleet),
    ...nodeChecks(lib, node, fleet),
    ...thawed(lib, testing),
  })
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
