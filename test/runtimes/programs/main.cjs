// The CommonJS artefacts. They are required by path: where `require` can load ES modules, 'evenkeel' means those.
const lib = require('./node_modules/evenkeel/dist/index.cjs')
const testing = require('./node_modules/evenkeel/dist/testing/index.cjs')

async function main() {
  const { breaker } = await import('./breaker.mjs')
  const { calls } = await import('./calls.mjs')
  const { fleet } = await import('./fleet.mjs')
  const { runChecks, watchTimers } = await import('./requests.mjs')
  const { thawed } = await import('./thawed.mjs')
  watchTimers()
  await runChecks({ ...calls(lib, fleet), ...breaker(lib, fleet), ...thawed(lib, testing) })
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
