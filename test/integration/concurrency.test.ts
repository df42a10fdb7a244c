import type { BalancerError } from 'evenkeel'
import { expect, test } from 'vitest'
import { workingServer } from '../support/servers/working-server.ts'
import { eventually } from './eventually.ts'
import { NOTHING, watchedBalancer } from './watched-balancer.ts'

test('a server never works on more than the limit, and the rest waits for its turn', async () => {
  await using one = await workingServer(20)
  await using other = await workingServer(20)
  await using watched = watchedBalancer({
    endpoints: [one.url, other.url],
    completion: 'body',
    concurrency: { maxPerEndpoint: 4, queue: { size: 200, timeout: 20_000 } },
  })
  const calls = Array.from({ length: 120 }, async () => (await watched.balancer.fetch('/')).text())
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['done']))
  expect([one.most, other.most]).toEqual([4, 4])
  expect(one.hits + other.hits).toBe(120)
  await eventually(watched.leftovers).toEqual(NOTHING)
})

test('the limit in all is one for all servers, and what is over it is refused at once', async () => {
  await using one = await workingServer(300)
  await using other = await workingServer(300)
  await using watched = watchedBalancer({
    endpoints: [one.url, other.url],
    concurrency: { maxTotal: 5 },
  })
  const codes = await Promise.all(
    Array.from({ length: 20 }, () =>
      watched.balancer.fetch('/').then(
        (response) => response.body?.cancel(),
        (error: BalancerError) => error.code,
      ),
    ),
  )
  expect(codes.filter((code) => code === 'ERR_CONCURRENCY_LIMIT')).toHaveLength(15)
  expect(one.hits + other.hits).toBe(5)
  await eventually(watched.leftovers).toEqual(NOTHING)
})

test('calls that give up make room, and those that wait give up by themselves', async () => {
  await using server = await workingServer(60_000)
  await using watched = watchedBalancer({
    endpoints: [server.url],
    retry: false,
    concurrency: { maxPerEndpoint: 2, queue: {} },
  })
  const controllers = Array.from({ length: 4 }, () => new AbortController())
  const calls = controllers.map(({ signal }) =>
    watched.balancer.fetch('/', { signal }).catch((error: unknown) => error),
  )
  await eventually(() => server.working).toBe(2)
  for (const which of [3, 0]) controllers[which]!.abort(`gave up ${which}`)
  expect(await calls[3]).toBe('gave up 3')
  // The third has the place of the first.
  await eventually(() => server.hits).toBe(3)
  for (const which of [1, 2]) controllers[which]!.abort(`gave up ${which}`)
  expect(await Promise.all(calls)).toEqual([0, 1, 2, 3].map((which) => `gave up ${which}`))
  await eventually(() => server.working).toBe(0)
  expect(server.most).toBeLessThanOrEqual(3)
  expect(watched.leftovers()).toEqual(NOTHING)
})
