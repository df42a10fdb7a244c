// Loading the package by `import` and declaring balancers does nothing.
import { declare, forbid } from './forbidden.cjs'

const lift = forbid()
let result
try {
  declare(
    await import('evenkeel'),
    await import('evenkeel/testing'),
    await import('evenkeel/node'),
    await import('evenkeel/discovery'),
  )
  result = { ok: true }
} catch (error) {
  result = { ok: false, error: String(error?.stack ?? error) }
}
lift()
console.log(JSON.stringify({ name: 'import and createBalancer start nothing', ...result, total: 1 }))
