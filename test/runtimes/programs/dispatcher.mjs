// The runtime's own fetch, balanced below it by the global dispatcher of undici: each version of Node has an undici of its own.
import { createBalancer, roundRobin } from 'evenkeel'
import { createBalancer as createNodeBalancer } from 'evenkeel/node'
import { balancedDispatcher } from 'evenkeel/undici'
import { request, setGlobalDispatcher, fetch as undiciFetch } from 'undici'
import { equal, ok, rejection } from './expect.mjs'
import { fleet } from './fleet.mjs'
import { runChecks, watchTimers } from './requests.mjs'

watchTimers()

const { a, b, dead } = fleet
const users = createBalancer({ name: 'users', endpoints: [a, b, dead], policy: roundRobin() })
const orders = createNodeBalancer({ name: 'orders', endpoints: [a] })
const nobody = createBalancer({ name: 'nobody', endpoints: [dead], retry: false })
const dispatcher = balancedDispatcher({ users, orders, nobody })
setGlobalDispatcher(dispatcher)

const fetches = { own: fetch, "undici's": undiciFetch }
const checks = {}
for (const [whose, fetch] of Object.entries(fetches)) {
  checks[`${whose} fetch is balanced, and goes elsewhere as ever`] = async () => {
    const seen = new Set()
    for (let i = 0; i < 20; i++) {
      const response = await fetch('http://users/who')
      equal([response.status, response.url], [200, 'http://users/who'], 'answer')
      seen.add((await response.json()).server)
    }
    equal([...seen].sort(), ['a', 'b'], 'servers')
    equal(
      await (await fetch('http://orders/who')).json(),
      { server: 'a', path: '/who' },
      'over undiciTransport',
    )
    equal((await fetch(`${b}/who`)).status, 200, 'status of what is not balanced')
  }

  checks[`${whose} fetch sends bodies, and sends them again`] = async () => {
    for (let i = 0; i < 6; i++) {
      const response = await fetch('http://users/echo', { method: 'POST', body: `order ${i}` })
      ok((await response.text()).includes(`order ${i}`), 'it comes back')
    }
  }

  checks[`${whose} fetch tells what failed, and what ended it`] = async () => {
    const error = await rejection(fetch('http://nobody/'), 'a call of nobody')
    equal(
      [error.name, error.message, error.cause.code],
      ['TypeError', 'fetch failed', 'ERR_ATTEMPT_FAILED'],
      'error',
    )
    const reason = new Error('enough')
    equal(
      await rejection(fetch('http://users/', { signal: AbortSignal.abort(reason) }), 'one ended'),
      reason,
      'why',
    )
  }
}

await runChecks({
  ...checks,
  'it is the dispatcher of one fetch, where fetch takes one': async () => {
    for (const fetch of Object.values(fetches))
      for (const url of ['http://users/who', `${a}/who`])
        equal((await fetch(url, { dispatcher: balancedDispatcher({ users }) })).status, 200, 'status')
    equal((await request('http://users/who', { dispatcher })).statusCode, 200, 'status of a request')
  },
  'it closes, and the balancers do not': async () => {
    await dispatcher.close()
    const error = await rejection(fetch('http://users/who'), 'a call after the end')
    equal(error.cause.code, 'UND_ERR_CLOSED', 'code')
    for (const balancer of [users, orders, nobody]) {
      ok(!balancer.snapshot().closed, 'it is open')
      await balancer.close()
    }
  },
})
