// npm run bench -- [--quick] [--json] [--only picks|calls|updates]
import { parseArgs } from 'node:util'
import { bundle } from './bundle.mjs'
import { contests as calls } from './call.mjs'
import { contest } from './contest.mjs'
import { contests as picks } from './pick.mjs'
import { report } from './report.mjs'
import { contests as updates } from './update.mjs'

const options = { quick: { type: 'boolean' }, json: { type: 'boolean' }, only: { type: 'string' } }
const { quick = false, json = false, only } = parseArgs({ options }).values
const started = performance.now()
const { modules, remove } = await bundle()

try {
  await checkMethod()
  const results = { node: process.version, quick, seconds: 0, picks: [], calls: [], updates: [] }
  for (const [name, contests] of Object.entries({ picks, calls, updates })) {
    if (only !== undefined && only !== name) continue
    for (const { about, contenders, rounds, ms } of contests) {
      const budget = quick ? { rounds: 3, ms: ms / 2 } : { rounds, ms }
      results[name].push({ ...about, ...(await contest({ contenders, modules, ...budget })) })
    }
  }
  results.seconds = (performance.now() - started) / 1000
  console.log(json ? JSON.stringify(results) : report(results))
} finally {
  await remove()
}

/** Bytes that are wrong for an object of known size would be wrong for all the rest. */
async function checkMethod() {
  const { known } = await contest({ contenders: { known: { kind: 'knownObject' } }, rounds: 1, ms: 1 })
  if (Math.abs(known.bytes - 32) > 1) throw new Error(`an object of 32 bytes counted as ${known.bytes}`)
}
