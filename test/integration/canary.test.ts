import { roundRobin } from 'evenkeel'
import { expect, test } from 'vitest'
import { normalServer } from '../support/servers/normal-server.ts'
import { drive } from './drive.ts'
import { eventually } from './eventually.ts'
import { NOTHING, watchedBalancer } from './watched-balancer.ts'

test('a canary gets its share, a marked call goes there, and the shadow gets copies that nobody waits for', async () => {
  await using stack = new AsyncDisposableStack()
  const stable = stack.use(await normalServer({ id: 'stable' }))
  const canary = stack.use(await normalServer({ id: 'canary' }))
  // Slower than all calls of this test together should have to wait for it.
  const shadow = stack.use(await normalServer({ id: 'shadow', latency: 50 }))
  const { balancer, leftovers } = stack.use(
    watchedBalancer({
      endpoints: [stable, canary, shadow].map(({ url, id }) => ({ url, metadata: { version: id } })),
      policy: roundRobin(),
      routes: [
        { match: { header: { 'x-version': 'canary' } }, to: { version: 'canary' } },
        {
          to: [
            { subset: { version: 'stable' }, weight: 95 },
            { subset: { version: 'canary' }, weight: 5 },
          ],
          mirror: { subset: { version: 'shadow' }, methods: ['GET', 'POST'], maxInFlight: 1_000 },
        },
      ],
      hashKey: ({ headers }) => headers.get('x-user') ?? undefined,
    }),
  )
  let user = 0
  const post = () => {
    const headers = { 'x-user': `user-${user++}` }
    return balancer.fetch('/item', { method: 'POST', body: 'hello', headers })
  }
  const { failures, servers } = await drive(400, 4, post)
  expect(failures).toEqual([])
  // 20 expected; sigma = sqrt(400 x 0.05 x 0.95) = 4.4. The keys are fixed, so the number is too.
  expect(servers['canary']).toBeGreaterThan(2)
  expect(servers['canary']).toBeLessThan(38)
  expect((servers['stable'] ?? 0) + (servers['canary'] ?? 0)).toBe(400)
  const marked = await drive(20, 2, () => balancer.fetch('/', { headers: { 'x-version': 'canary' } }))
  expect(marked).toMatchObject({ failures: [], servers: { canary: 20 } })
  await eventually(() => balancer.snapshot().routes?.[1]?.mirror?.inFlight).toBe(0)
  expect(balancer.snapshot().routes?.[1]?.mirror).toMatchObject({ sent: 400, failed: 0 })
  expect(shadow.requests).toHaveLength(400)
  for (const { method, body, headers } of shadow.requests) {
    expect([method, body.toString(), headers['evenkeel-mirror']]).toEqual(['POST', 'hello', '1'])
  }
  await balancer.close()
  expect(leftovers()).toEqual(NOTHING)
})
