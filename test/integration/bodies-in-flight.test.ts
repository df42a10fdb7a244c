import { expect, test } from 'vitest'
import { endlessBodyServer } from '../support/servers/endless-body-server.ts'
import { garbageServer } from '../support/servers/garbage-server.ts'
import { type HeldServer, heldServer } from '../support/servers/held-server.ts'
import { resettingServer } from '../support/servers/resetting-server.ts'
import { eventually } from './eventually.ts'
import { rejection } from './rejection.ts'
import { NOTHING, type WatchedBalancer, watchedBalancer } from './watched-balancer.ts'

const inFlight = ({ balancer }: WatchedBalancer) => balancer.snapshot().endpoints[0]?.inFlight

/** A call whose headers are there, and whose body is the test's to write. */
async function begun(server: HeldServer, watched: WatchedBalancer, init?: RequestInit) {
  const call = watched.balancer.fetch('/item', init)
  const { response: body } = await server.next()
  body.write('the first half, ')
  return { response: await call, body }
}

test("completion: 'body' counts a call as in flight to the end of its body", async () => {
  await using server = await heldServer()
  await using watched = watchedBalancer({ endpoints: [server.url], completion: 'body' })
  const { response, body } = await begun(server, watched)
  expect(inFlight(watched)).toBe(1)
  const text = response.text()
  body.end('and the second')
  expect(await text).toBe('the first half, and the second')
  expect(inFlight(watched)).toBe(0)
  expect(watched.balancer.snapshot().endpoints[0]).toMatchObject({ successes: 1, failures: 0 })
})

test("completion: 'headers' does so to its headers, and one call may ask for the other", async () => {
  await using server = await heldServer()
  await using watched = watchedBalancer({ endpoints: [server.url] })
  const first = await begun(server, watched)
  expect(inFlight(watched)).toBe(0)
  const init = { balancer: { completion: 'body' } } as RequestInit
  const second = await begun(server, watched, init)
  expect(inFlight(watched)).toBe(1)
  for (const { response, body } of [first, second]) {
    body.end()
    await response.text()
  }
  expect(inFlight(watched)).toBe(0)
})

test("with completion: 'body' a cancelled body ends the call, and its connection", async () => {
  await using server = await endlessBodyServer()
  await using watched = watchedBalancer({ endpoints: [server.url], completion: 'body' })
  const response = await watched.balancer.fetch('/item')
  expect(inFlight(watched)).toBe(1)
  await response.body?.cancel()
  expect(inFlight(watched)).toBe(0)
  await eventually(() => server.bodies).toBe(0)
  expect(watched.balancer.snapshot().endpoints[0]).toMatchObject({ failures: 0 })
})

test("with completion: 'body' an abort in the body ends the call, and is nobody's fault", async () => {
  await using server = await heldServer()
  await using watched = watchedBalancer({ endpoints: [server.url], completion: 'body' })
  const controller = new AbortController()
  const { response } = await begun(server, watched, { signal: controller.signal })
  const reason = new Error('changed my mind')
  controller.abort(reason)
  // Nobody reads, and it is noticed all the same.
  await eventually(() => inFlight(watched)).toBe(0)
  expect(await rejection(response.text())).toBe(reason)
  expect(watched.balancer.snapshot().endpoints[0]).toMatchObject({ successes: 0, failures: 0 })
  await eventually(() => server.connections).toBe(0)
})

test("with completion: 'body' a reset in the body ends the call, and is held against the endpoint", async () => {
  await using server = await endlessBodyServer()
  await using watched = watchedBalancer({ endpoints: [server.url], completion: 'body' })
  const response = await watched.balancer.fetch('/item')
  server.reset()
  expect(await rejection(response.text())).toBeInstanceOf(TypeError)
  expect(inFlight(watched)).toBe(0)
  expect(watched.balancer.snapshot().endpoints[0]).toMatchObject({ successes: 0, failures: 1 })
  expect(watched.leftovers()).toEqual(NOTHING)
})

test.each([
  ['headers', { successes: 3, failures: 0 }],
  ['body', { successes: 0, failures: 3 }],
] as const)('bodies that break off count by completion: %s', async (completion, expected) => {
  await using server = await resettingServer('mid-body')
  await using watched = watchedBalancer({ endpoints: [server.url], completion })
  for (let i = 0; i < 3; i++) {
    const response = await watched.balancer.fetch('/item')
    expect(response.status).toBe(200)
    expect(await rejection(response.text())).toBeInstanceOf(TypeError)
  }
  expect(server.hits).toBe(3)
  expect(watched.balancer.snapshot().endpoints[0]).toMatchObject({ ...expected, inFlight: 0 })
})

test("with completion: 'body' an answer without one is over at once", async () => {
  await using server = await heldServer()
  await using watched = watchedBalancer({ endpoints: [server.url], completion: 'body' })
  for (const status of [204, 304]) {
    const call = watched.balancer.fetch('/item')
    const { response } = await server.next()
    response.writeHead(status).end()
    expect((await call).status).toBe(status)
    expect(inFlight(watched)).toBe(0)
  }
})

test("with completion: 'body' an answer may say OK in whatever characters", async () => {
  await using server = await garbageServer('HTTP/1.1 200 \xc4\xff\r\nContent-Length: 2\r\n\r\nhi')
  await using watched = watchedBalancer({ endpoints: [server.url], completion: 'body' })
  const { statusText } = await fetch(server.url)
  const response = await watched.balancer.fetch('/item')
  expect([response.statusText, response.clone().statusText]).toEqual([statusText, statusText])
  expect(await response.text()).toBe('hi')
  expect(inFlight(watched)).toBe(0)
})

test('close does not wait for bodies, and does not cut them off', async () => {
  await using server = await heldServer()
  await using watched = watchedBalancer({ endpoints: [server.url], completion: 'body' })
  const { response, body } = await begun(server, watched)
  await watched.balancer.close()
  body.end('and the second')
  expect(await response.text()).toBe('the first half, and the second')
})
