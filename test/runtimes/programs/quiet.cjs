// Loading the CommonJS artefacts and declaring balancers does nothing.
const { declare, forbid } = require('./forbidden.cjs')

const lift = forbid()
let result
try {
  const dist = './node_modules/evenkeel/dist'
  declare(
    require(`${dist}/index.cjs`),
    require(`${dist}/testing/index.cjs`),
    require(`${dist}/node/index.cjs`),
    require(`${dist}/discovery/index.cjs`),
  )
  result = { ok: true }
} catch (error) {
  result = { ok: false, error: String(error?.stack ?? error) }
}
lift()
console.log(JSON.stringify({ name: 'require and createBalancer start nothing', ...result, total: 1 }))
