import { expect, test } from 'vitest'
import { ENDLESS_RETRY_AFTER, unavailable, VOID_RETRY_AFTER } from '../support/servers/garbage.ts'
import { garbageServer } from '../support/servers/garbage-server.ts'
import { normalServer } from '../support/servers/normal-server.ts'
import { inTurn } from './in-turn.ts'
import { NOTHING, watchedBalancer } from './watched-balancer.ts'

const FIVE_MINUTES = 300_000

test.each(VOID_RETRY_AFTER)('Retry-After: %j is as good as none', async (value) => {
  await using first = await garbageServer(unavailable(value))
  await using second = await normalServer()
  await using watched = watchedBalancer({ endpoints: inTurn(first, second) })
  const { balancer } = watched
  let cooldowns = 0
  balancer.on('cooldown', () => cooldowns++)
  expect(await (await balancer.fetch('/item')).text()).toBe('served by normal')
  expect(first.hits).toBe(1)
  expect(cooldowns).toBe(0)
  expect(balancer.snapshot().endpoints[0]?.state).toBe('eligible')
  expect(watched.leftovers()).toEqual(NOTHING)
})

test.each(ENDLESS_RETRY_AFTER)('Retry-After: %j keeps its endpoint out for five minutes', async (value) => {
  await using first = await garbageServer(unavailable(value))
  await using second = await normalServer()
  await using watched = watchedBalancer({ endpoints: inTurn(first, second) })
  const { balancer } = watched
  const ends: number[] = []
  balancer.on('cooldown', ({ until }) => ends.push(until))
  const before = performance.timeOrigin + performance.now()
  for (let i = 0; i < 10; i++) expect((await balancer.fetch('/item')).status).toBe(200)
  const after = performance.timeOrigin + performance.now()
  expect(first.hits).toBe(1)
  expect(ends).toHaveLength(1)
  expect(ends[0]).toBeGreaterThanOrEqual(before + FIVE_MINUTES)
  expect(ends[0]).toBeLessThanOrEqual(after + FIVE_MINUTES)
  expect(watched.leftovers()).toEqual(NOTHING)
})

test.each(ENDLESS_RETRY_AFTER)('Retry-After: %j of the only endpoint is answered at once', async (value) => {
  await using server = await garbageServer(unavailable(value))
  await using watched = watchedBalancer({ endpoints: [server.url] })
  // Waiting for it would take longer than a test may.
  const first = await watched.balancer.fetch('/item')
  const second = await watched.balancer.fetch('/item')
  expect([first.status, second.status]).toEqual([503, 503])
  expect(server.hits).toBe(2)
  expect(watched.leftovers()).toEqual(NOTHING)
})
