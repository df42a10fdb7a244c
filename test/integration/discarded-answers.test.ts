import { expect, test } from 'vitest'
import { endlessBodyServer } from '../support/servers/endless-body-server.ts'
import { heldServer } from '../support/servers/held-server.ts'
import { normalServer } from '../support/servers/normal-server.ts'
import { drive } from './drive.ts'
import { eventually } from './eventually.ts'
import { inTurn } from './in-turn.ts'
import { NOTHING, watchedBalancer } from './watched-balancer.ts'

test('the body of a 503 that is not handed on is cancelled, however long', async () => {
  await using first = await endlessBodyServer(503)
  await using second = await normalServer()
  await using watched = watchedBalancer({ endpoints: inTurn(first, second) })
  const report = await drive(50, 5, () => watched.balancer.fetch('/item'))
  expect(report).toMatchObject({ failures: [], servers: { normal: 50 } })
  expect(first.hits).toBeGreaterThan(0)
  await eventually(() => first.bodies).toBe(0)
  expect(watched.leftovers()).toEqual(NOTHING)
})

test("the last 503 is the caller's, and those before are let go of", async () => {
  await using server = await endlessBodyServer(503)
  await using watched = watchedBalancer({ endpoints: [server.url], retry: { backoff: { base: 1, max: 1 } } })
  const response = await watched.balancer.fetch('/item')
  expect(server.hits).toBe(3)
  await eventually(() => server.bodies).toBe(1)
  const { value } = await response.body!.getReader().read()
  expect(new TextDecoder().decode(value)).toBe('the beginning of ')
  server.reset()
  await eventually(() => server.bodies).toBe(0)
})

test('the connection of an attempt that timed out is closed', async () => {
  await using slow = await heldServer()
  await using good = await normalServer()
  await using watched = watchedBalancer({ endpoints: inTurn(slow, good), timeout: { attempt: 200 } })
  expect(await (await watched.balancer.fetch('/item')).text()).toBe('served by normal')
  expect(slow.hits).toBe(1)
  await eventually(() => slow.connections).toBe(0)
  // Nobody is there any more to hear it.
  const { response } = await slow.next()
  expect(response.destroyed).toBe(true)
  expect(watched.leftovers()).toEqual(NOTHING)
})
