// What everybody does with a balancer, on real servers one of which is not there.
import { endpoint, equal, ok, rejection } from './expect.mjs'

export function calls(lib, { a, b, c, dead, saysRefused }) {
  const { createBalancer, wrapFetch, roundRobin, isBalancerError, BalancerError } = lib
  const users = createBalancer({
    name: 'users',
    endpoints: [a, b, { url: c, weight: 2 }, dead],
    policy: roundRobin(),
  })
  const plain = createBalancer({ endpoints: [dead, a, b] })
  const single = createBalancer({ name: 'single', endpoints: [a] })
  const impatient = createBalancer({ endpoints: [a], timeout: { attempt: 100 }, retry: false })
  const nobody = createBalancer({ endpoints: [dead], retry: { attempts: 2, backoff: { base: 1 } } })
  const orders = createBalancer({
    endpoints: [a, dead],
    policy: roundRobin(),
    outlierDetection: false,
    circuitBreaker: false,
  })
  const late = createBalancer({
    discovery: {
      name: 'late',
      watch(sink) {
        setTimeout(() => sink.update([a]), 5)
        return { close() {} }
      },
    },
  })
  const balanced = wrapFetch(globalThis.fetch, { users })
  const all = [users, plain, single, impatient, nobody, orders, late]

  const post = (body, balancer) => orders.fetch('/echo', { method: 'POST', body, balancer })
  const six = (send) => Promise.allSettled(Array.from({ length: 6 }, (_, i) => send(`order-${i}`)))

  return {
    'balanced calls survive a dead endpoint': async () => {
      const seen = new Set()
      for (let i = 0; i < 40; i++) {
        const response = await users.fetch('/who')
        equal(response.status, 200, `status of call ${i}`)
        seen.add((await response.json()).server)
      }
      equal([...seen].sort(), ['a', 'b', 'c'], 'servers that answered')
      ok(!endpoint(users, dead).eligible, 'the dead endpoint is out')
    },

    'the defaults survive it as well': async () => {
      for (let i = 0; i < 20; i++) equal((await plain.fetch('/who')).status, 200, `status of call ${i}`)
    },

    'wrapFetch balances its hosts and no other': async () => {
      const response = await balanced('http://users/who?x=1')
      equal((await response.json()).path, '/who?x=1', 'path')
      const { counts } = users.snapshot()
      equal((await (await balanced(`${b}/who`)).json()).server, 'b', 'server')
      equal(users.snapshot().counts.calls, counts.calls, 'balanced calls')
    },

    'execute balances any action': async () => {
      const action = async ({ endpoint: { url }, signal }) => (await fetch(`${url}/who`, { signal })).json()
      const { server } = await users.execute(action, { idempotent: true })
      ok(['a', 'b', 'c'].includes(server), `${server} answered`)
      const error = await rejection(
        users.execute(() => Promise.reject(new RangeError('mine'))),
        'execute',
      )
      equal([error.code, error.cause.message], ['ERR_ATTEMPT_FAILED', 'mine'], 'error')
    },

    'pick hands out and takes back': async () => {
      const pick = single.pick()
      equal([pick.endpoint.url, endpoint(single, a).inFlight], [a, 1], 'picked')
      await (await fetch(`${pick.endpoint.url}/who`)).text()
      pick.succeed()
      equal(endpoint(single, a).inFlight, 0, 'in flight afterwards')
    },

    'bodies, requests and streams go through': async () => {
      const send = async (input, init) => (await single.fetch(input, init)).text()
      equal(await send('/echo', { method: 'PUT', body: new Uint8Array([111, 107]) }), 'ok', 'bytes')
      const request = new Request('http://service/echo', { method: 'POST', body: 'asked' })
      equal(await send(request), 'asked', 'Request')
      const body = new Blob(['stream', 'ed']).stream()
      equal(await send('/echo', { method: 'POST', body, duplex: 'half' }), 'streamed', 'stream')
    },

    'a body counts as in flight to its end where asked': async () => {
      const response = await single.fetch('/who', { balancer: { completion: 'body' } })
      equal(endpoint(single, a).inFlight, 1, 'in flight before')
      equal((await response.json()).server, 'a', 'server')
      equal(endpoint(single, a).inFlight, 0, 'in flight after')
    },

    'discovery is waited for': async () => {
      equal((await late.fetch('/who')).status, 200, 'status')
    },

    'an abort ends a call with its own reason': async () => {
      const reason = new Error('enough')
      const controller = new AbortController()
      setTimeout(() => controller.abort(reason), 20)
      ok((await rejection(single.fetch('/hang', controller), 'fetch')) === reason, 'it is the very reason')
      equal(endpoint(single, a).failures, 0, 'failures')
    },

    'a timeout is a typed error': async () => {
      const error = await rejection(impatient.fetch('/hang'), 'fetch')
      ok(isBalancerError(error) && error instanceof BalancerError && error instanceof Error, String(error))
      equal([error.code, error.attempts.length], ['ERR_ATTEMPT_TIMEOUT', 1], 'code and attempts')
    },

    'nobody there is a typed error with its cause': async () => {
      const error = await rejection(nobody.fetch('/who'), 'fetch')
      equal([error.code, error.attempts.length], ['ERR_ATTEMPT_FAILED', 2], 'code and attempts')
      ok(error.cause instanceof Error, 'it has the cause')
      const { progress } = error.attempts[0]
      equal(progress, saysRefused ? 'unsent' : 'sent', 'how far it is known to have got')
    },

    'POST is sent again where it certainly was not sent': async () => {
      const results = await six(post)
      const lost = results.filter(({ status }) => status === 'rejected')
      if (saysRefused) {
        equal(lost.length, 0, 'lost')
        ok(orders.snapshot().counts.retries > 0, 'some were refused at first')
      } else {
        ok(lost.length > 0, 'some were refused')
        for (const { reason } of lost) equal(reason.attempts?.length, 1, 'attempts of a lost one')
      }
      for (const { value } of results) if (value) equal((await value.text()).slice(0, 6), 'order-', 'echo')
      const again = await six((body) => post(body, { idempotent: true }))
      equal(again.map(({ status }) => status).join(), Array(6).fill('fulfilled').join(), 'idempotent ones')
    },

    'nothing is left after close': async () => {
      const seen = () => all.flatMap((one) => one.snapshot().endpoints)
      // Where calls last to the end of their bodies, one that nobody reads may still be on its way.
      for (let i = 0; i < 100 && seen().some(({ inFlight }) => inFlight > 0); i++)
        await new Promise((resolve) => setTimeout(resolve, 5))
      const endpoints = seen()
      ok(endpoints.length > all.length, `${endpoints.length} endpoints`)
      for (const { inFlight, url } of endpoints) equal(inFlight, 0, `in flight at ${url}`)
      for (const one of all) await one.close()
      equal((await rejection(users.fetch('/who'), 'fetch')).code, 'ERR_CLOSED', 'code')
    },
  }
}
