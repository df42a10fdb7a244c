import { roundRobin } from 'evenkeel'
import { expect, test } from 'vitest'
import { endlessBodyServer } from '../support/servers/endless-body-server.ts'
import { heldServer } from '../support/servers/held-server.ts'
import { normalServer } from '../support/servers/normal-server.ts'
import { stutteringServer } from '../support/servers/stuttering-server.ts'
import { drive } from './drive.ts'
import { eventually } from './eventually.ts'
import { inTurn } from './in-turn.ts'
import { NOTHING, watchedBalancer } from './watched-balancer.ts'

test('the slow attempt of a hedged call is given up, and its connection closed', async () => {
  await using slow = await heldServer()
  await using good = await normalServer()
  await using watched = watchedBalancer({ endpoints: inTurn(slow, good), hedge: { delay: 50 } })
  const response = await watched.balancer.fetch('/item', { method: 'PUT', body: 'the same twice' })
  expect(await response.text()).toBe('served by normal')
  expect(slow.hits).toBe(1)
  await eventually(() => slow.connections).toBe(0)
  expect(watched.balancer.snapshot().counts).toMatchObject({ hedges: 1, hedgesWon: 1, failures: 0 })
  expect(watched.leftovers()).toEqual(NOTHING)
})

test('the body of a 503 that lost is cancelled, however long', async () => {
  await using slow = await heldServer()
  await using ill = await endlessBodyServer(503)
  await using watched = watchedBalancer({ endpoints: inTurn(slow, ill), hedge: { delay: 20 } })
  const call = watched.balancer.fetch('/item')
  const { response } = await slow.next()
  await eventually(() => ill.hits).toBe(1)
  response.end('late, and well')
  expect(await (await call).text()).toBe('late, and well')
  await eventually(() => ill.bodies).toBe(0)
  expect(watched.leftovers()).toEqual(NOTHING)
})

test('no call waits for a server that is late now and then, and few are sent twice', async () => {
  await using one = await stutteringServer(20, 2_000)
  await using two = await normalServer()
  await using watched = watchedBalancer({ endpoints: [one.url, two.url], policy: roundRobin(), hedge: {} })
  // Until a percentile is known.
  await drive(40, 1, () => watched.balancer.fetch('/item'))
  const before = watched.balancer.snapshot().counts
  const report = await drive(400, 4, () => watched.balancer.fetch('/item'))
  const { hedges, hedgesWon } = watched.balancer.snapshot().counts
  expect(report.failures).toEqual([])
  expect(report.servers['late']).toBeUndefined()
  // 1 of 20 at one of two is late; of the others about 1 in 20 is slower than 19 were.
  expect(hedgesWon - before.hedgesWon).toBeGreaterThanOrEqual(5)
  expect(hedges - before.hedges).toBeLessThanOrEqual(100)
  expect(watched.leftovers()).toEqual(NOTHING)
})
