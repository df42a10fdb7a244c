// The package as an application imports it. The balancers are made at module scope.
import * as lib from 'evenkeel'
import * as node from 'evenkeel/node'
import * as testing from 'evenkeel/testing'
import { breaker } from './breaker.mjs'
import { calls } from './calls.mjs'
import { fleet } from './fleet.mjs'
import { frozen } from './frozen.mjs'
import { nodeChecks } from './node-checks.mjs'
import { runChecks, watchTimers } from './requests.mjs'
import { thawed } from './thawed.mjs'

watchTimers()

await runChecks({
  ...calls(lib, fleet),
  ...breaker(lib, fleet),
  // biome-ignore lint/nursery/noMisusedPromises: what it returns is an object; the rule is misled by the async methods in it.
  ...thawed(lib, testing),
  ...nodeChecks(lib, node, fleet),
  ...frozen(lib, fleet),
})
