import { createBalancer } from 'evenkeel'
import { describe, expect, test } from 'vitest'
import { BROKEN_BODY, NO_ANSWER, ODD_ANSWER } from '../support/servers/garbage.ts'
import { garbageServer } from '../support/servers/garbage-server.ts'
import { normalServer } from '../support/servers/normal-server.ts'
import { inTurn } from './in-turn.ts'
import { rejection } from './rejection.ts'
import { NOTHING, watchedBalancer } from './watched-balancer.ts'

/** For those that leave the client waiting for more. */
const timeout = { attempt: 1_000 }

describe.each(Object.entries(NO_ANSWER))('a server that answers with %s', (_, bytes) => {
  test('gives an error with a code, and every attempt', async () => {
    await using server = await garbageServer(bytes)
    await using watched = watchedBalancer({ endpoints: [server.url], timeout, retry: { attempts: 2 } })
    const error = await rejection(watched.balancer.fetch('/item'))
    const attempt = { kind: 'broken', progress: 'sent', status: undefined, error: expect.any(Error) }
    expect(error).toMatchObject({
      name: 'BalancerError',
      code: 'ERR_ATTEMPT_FAILED',
      cause: expect.any(Error),
      attempts: [attempt, attempt],
    })
    expect(watched.leftovers()).toEqual(NOTHING)
  })

  test('costs no GET, and no POST is sent a second time', async () => {
    await using first = await garbageServer(bytes)
    await using second = await normalServer()
    await using watched = watchedBalancer({ endpoints: inTurn(first, second), timeout })
    const { balancer } = watched
    const error = await rejection(balancer.fetch('/pay', { method: 'POST', body: '{"amount":100}' }))
    expect(error).toMatchObject({ code: 'ERR_ATTEMPT_FAILED', attempts: [{ progress: 'sent' }] })
    expect([first.hits, second.hits]).toEqual([1, 0])
    expect(await (await balancer.fetch('/item')).text()).toBe('served by normal')
    expect(watched.leftovers()).toEqual(NOTHING)
  })
})

describe.each(Object.entries(BROKEN_BODY))('a server whose answer has %s', (_, bytes) => {
  test('gives a Response whose body fails', async () => {
    await using server = await garbageServer(bytes)
    await using watched = watchedBalancer({ endpoints: [server.url] })
    const response = await watched.balancer.fetch('/item')
    expect(response.status).toBe(200)
    expect(await rejection(response.text())).toBeInstanceOf(Error)
    expect(server.hits).toBe(1)
    expect(watched.leftovers()).toEqual(NOTHING)
  })

  test("is held against its endpoint with completion: 'body'", async () => {
    await using server = await garbageServer(bytes)
    await using watched = watchedBalancer({ endpoints: [server.url], completion: 'body' })
    const response = await watched.balancer.fetch('/item')
    expect(await rejection(response.text())).toBeInstanceOf(Error)
    const [endpoint] = watched.balancer.snapshot().endpoints
    expect(endpoint).toMatchObject({ successes: 0, failures: 1, inFlight: 0 })
    expect(watched.leftovers()).toEqual(NOTHING)
  })
})

test.each(Object.entries(ODD_ANSWER))('a server that answers with %s gives a Response', async (_, odd) => {
  await using server = await garbageServer(odd.bytes)
  await using balancer = createBalancer({ endpoints: [server.url] })
  const response = await balancer.fetch('/item')
  expect(response.status).toBe(odd.status)
  expect(await response.text()).toBe(odd.status === 204 ? '' : 'hi')
  expect(server.hits).toBe(1)
  // A connection may break over what came too much; the next call takes another.
  expect((await balancer.fetch('/item')).status).toBe(odd.status)
})
