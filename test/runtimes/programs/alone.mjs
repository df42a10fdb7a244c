// The package needs nothing beside it: every module that it asks for is one of its own files, or of Node's own for
// `evenkeel/node`.
import { registerHooks } from 'node:module'

const asked = []
registerHooks({
  resolve(specifier, context, next) {
    if (context.parentURL?.includes('/node_modules/')) asked.push(specifier)
    return next(specifier, context)
  },
})

const { createRequire } = await import('node:module')
const require = createRequire(import.meta.url)
await import('evenkeel')
await import('evenkeel/testing')
await import('evenkeel/discovery')
require('./node_modules/evenkeel/dist/index.cjs')
require('./node_modules/evenkeel/dist/discovery/index.cjs')
require('./node_modules/evenkeel/dist/testing/index.cjs')

const foreign = asked.filter((specifier) => !specifier.startsWith('.'))

// This one may ask for Node's, and for no more until somebody checks gRPC.
asked.length = 0
await import('evenkeel/node')
require('./node_modules/evenkeel/dist/node/index.cjs')
foreign.push(...asked.filter((specifier) => !/^(\.|node:)/.test(specifier)))
const ok = asked.length > 0 && foreign.length === 0
const error = `asked for ${foreign.join(', ')}`
console.log(JSON.stringify({ name: 'it asks for no module but its own', ok, error, total: 1 }))
