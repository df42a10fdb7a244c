// `require('evenkeel')`, `import('evenkeel')`, and the CommonJS artefact beside them: all are there, and their errors know
// each other although the classes differ.
const assert = require('node:assert')

const byName = require('evenkeel')
const testing = require('evenkeel/testing')
const byPath = require('./node_modules/evenkeel/dist/index.cjs')
const testingByPath = require('./node_modules/evenkeel/dist/testing/index.cjs')

const errorOf = (lib) => {
  try {
    lib.createBalancer({ endpoints: ['nonsense'] })
  } catch (error) {
    return error
  }
  throw new Error('a bad URL was taken')
}

async function main() {
  const imported = await import('evenkeel')
  const testingImported = await import('evenkeel/testing')
  const copies = { byName, imported, byPath }
  const names = Object.keys(imported).filter((name) => name !== 'default')
  for (const copy of Object.values(copies)) {
    for (const name of names) assert.equal(typeof copy[name], typeof imported[name], name)
    for (const [name, other] of Object.entries(copies)) {
      const error = errorOf(copy)
      assert.equal(error.code, 'ERR_INVALID_CONFIG')
      assert(error instanceof other.BalancerError, `instanceof ${name}`)
      assert(other.isBalancerError(error), `isBalancerError of ${name}`)
    }
  }
  assert(!(new Error('other') instanceof byPath.BalancerError))
  assert.notEqual(imported.BalancerError, byPath.BalancerError, 'two copies')
  for (const copy of [testing, testingImported, testingByPath]) {
    assert.equal(copy.virtualClock(5).now(), 5)
    assert.equal(copy.seededRandom(1)(), testing.seededRandom(1)())
  }
  // Bun does not know the condition module-sync, by which the others get the same copy either way.
  const { bun } = process.versions
  assert.equal(byName.BalancerError === imported.BalancerError, !bun, 'one copy by its name')
}

const report = (result) =>
  console.log(JSON.stringify({ name: 'import, require, and both at once', ...result, total: 1 }))
main().then(
  () => report({ ok: true }),
  (error) => report({ ok: false, error: error.stack }),
)
