// The same calls through connections of the library's own, which need undici beside the package.
import * as lib from 'evenkeel'
import * as node from 'evenkeel/node'
import { breaker } from './breaker.mjs'
import { calls } from './calls.mjs'
import { endpoint, equal } from './expect.mjs'
import { fleet } from './fleet.mjs'
import { frozen } from './frozen.mjs'
import { runChecks, watchTimers } from './requests.mjs'

watchTimers()

// It knows for certain what was never sent, wherever it runs.
const reached = { ...fleet, saysRefused: true }
const own = { ...lib, createBalancer: node.createBalancer }
const { port } = new URL(fleet.a)
const named = node.createBalancer({
  endpoints: [{ id: 'a', url: 'http://users.internal', address: '127.0.0.1', port: Number(port) }],
})

// Here a body that has come is over, whether or not somebody has read it.
const { 'a body counts as in flight to its end where asked': _, ...same } = calls(own, reached)

await runChecks({
  ...same,
  ...breaker(own, reached),
  'an address is dialled, and the server called by its name': async () => {
    const response = await named.fetch('/who')
    equal(await response.json(), { server: 'a', path: '/who' }, 'answer')
    equal(response.url, 'http://users.internal/who', 'url of the answer')
    equal(endpoint(named, 'http://users.internal').inFlight, 0, 'calls in flight')
    await named.close()
  },
  ...frozen(own, reached),
})
