import { expect, test } from 'vitest'
import { keepAliveRaceServer } from '../support/servers/keep-alive-race-server.ts'
import { NOTHING, watchedBalancer } from './watched-balancer.ts'

const CALLS = 30

test('GETs go on when every idle connection is closed under them', async () => {
  await using a = await keepAliveRaceServer()
  await using b = await keepAliveRaceServer()
  await using watched = watchedBalancer({
    endpoints: [a.url, b.url],
    retry: { attempts: 4, backoff: { base: 1, max: 1 }, budget: { ratio: 1 } },
  })
  for (let i = 0; i < CALLS; i++) {
    expect(await (await watched.balancer.fetch('/item')).text()).toBe('ok')
  }
  // The race was run, and lost, or the test has shown nothing.
  expect(a.lost + b.lost).toBeGreaterThan(0)
  expect(a.hits + b.hits).toBe(CALLS)
  expect(watched.leftovers()).toEqual(NOTHING)
})

test.each([
  ['without a body', undefined],
  ['with a body', '{"amount":100}'],
])('a POST %s that may have been taken is not sent twice', async (_, body) => {
  await using a = await keepAliveRaceServer()
  await using b = await keepAliveRaceServer()
  await using watched = watchedBalancer({ endpoints: [a.url, b.url] })
  const { balancer } = watched
  let failed = 0
  for (let i = 0; i < CALLS; i++) {
    try {
      const response = await balancer.fetch('/pay', { method: 'POST', body: body ?? null })
      expect(await response.text()).toBe('ok')
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_ATTEMPT_FAILED', attempts: [{ progress: 'sent' }] })
      failed++
    }
  }
  expect(failed).toBeGreaterThan(0)
  // What the servers saw, answered or not: each POST once.
  expect(a.hits + b.hits + a.lost + b.lost).toBe(CALLS)
  expect(a.lost + b.lost).toBe(failed)
  expect(watched.leftovers()).toEqual(NOTHING)
})
