import type { DiscoverySource } from 'evenkeel'
import { expect, test } from 'vitest'
import { blackHoleServer } from '../support/servers/black-hole-server.ts'
import { burstServer } from '../support/servers/burst-server.ts'
import { endlessBodyServer } from '../support/servers/endless-body-server.ts'
import { eventually } from './eventually.ts'
import { rejection } from './rejection.ts'
import { NOTHING, watchedBalancer } from './watched-balancer.ts'

const reason = new Error('changed my mind')

test.each(['silent', 'endless-headers'] as const)(
  'an abort while the server is %s ends the call and its connection',
  async (silence) => {
    await using server = await blackHoleServer(silence)
    await using watched = watchedBalancer({ endpoints: [server.url] })
    const controller = new AbortController()
    const call = rejection(watched.balancer.fetch('/item', { signal: controller.signal }))
    await eventually(() => server.hits).toBe(1)
    controller.abort(reason)
    expect(await call).toBe(reason)
    expect(watched.leftovers()).toEqual(NOTHING)
    await eventually(() => server.connections).toBe(0)
    expect(watched.balancer.snapshot().endpoints[0]).toMatchObject({ failures: 0 })
  },
)

test("the signal of a Request does so, too, and a timeout's reason is its own", async () => {
  await using server = await blackHoleServer()
  await using watched = watchedBalancer({ endpoints: [server.url] })
  const signal = AbortSignal.timeout(1)
  const error = await rejection(watched.balancer.fetch(new Request('http://users/item', { signal })))
  expect(error).toMatchObject({ name: 'TimeoutError' })
  expect(watched.leftovers()).toEqual(NOTHING)
  await eventually(() => server.connections).toBe(0)
})

test('an abort during an upload ends it, and lets go of its stream', async () => {
  await using server = await blackHoleServer()
  await using watched = watchedBalancer({ endpoints: [server.url] })
  const controller = new AbortController()
  let cancelled = false
  const body = new ReadableStream<Uint8Array>({
    async pull(stream) {
      // Without it a stream that is not let go of would keep the event loop to itself.
      await new Promise((resolve) => setImmediate(resolve))
      stream.enqueue(new Uint8Array(1_000))
    },
    cancel: () => {
      cancelled = true
    },
  })
  const init = { method: 'POST', body, duplex: 'half', signal: controller.signal }
  const call = rejection(watched.balancer.fetch('/upload', init))
  await eventually(() => server.hits).toBe(1)
  controller.abort(reason)
  expect(await call).toBe(reason)
  await eventually(() => cancelled).toBe(true)
  await eventually(() => server.connections).toBe(0)
  expect(watched.leftovers()).toEqual(NOTHING)
})

test('an abort during the pause before a retry ends the call at once', async () => {
  await using server = await burstServer({ good: 0, bad: 1 })
  await using watched = watchedBalancer({
    endpoints: [server.url],
    timeout: false,
    random: () => 0.99,
    // Longer than any test may take.
    retry: { backoff: { base: 100_000, max: 100_000 } },
  })
  const controller = new AbortController()
  const pausing = new Promise<void>((resolve) => watched.balancer.once('retry', () => resolve()))
  const call = rejection(watched.balancer.fetch('/item', { signal: controller.signal }))
  await pausing
  controller.abort(reason)
  expect(await call).toBe(reason)
  expect(server.hits).toBe(1)
  expect(watched.leftovers()).toEqual(NOTHING)
})

test('an abort while discovery is waited for ends the call at once', async () => {
  const discovery: DiscoverySource = {
    name: 'mute',
    watch: () => ({ close: () => Promise.resolve() }),
  }
  await using watched = watchedBalancer({ discovery })
  const controller = new AbortController()
  const call = rejection(watched.balancer.fetch('/item', { signal: controller.signal }))
  controller.abort(reason)
  expect(await call).toBe(reason)
  expect(watched.leftovers()).toEqual(NOTHING)
})

test.each(['headers', 'body'] as const)(
  'an abort in the body ends it and its connection, when a call ends with its %s',
  async (completion) => {
    await using server = await endlessBodyServer()
    await using watched = watchedBalancer({ endpoints: [server.url], completion })
    const controller = new AbortController()
    const response = await watched.balancer.fetch('/item', { signal: controller.signal })
    const text = rejection(response.text())
    controller.abort(reason)
    expect(await text).toBe(reason)
    await eventually(() => server.bodies).toBe(0)
    expect(watched.leftovers()).toEqual(NOTHING)
    expect(watched.balancer.snapshot().endpoints[0]).toMatchObject({ failures: 0 })
  },
)
