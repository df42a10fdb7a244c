import { expect, test } from 'vitest'
import type { LocalServer } from '../support/servers/local-server.ts'
import { normalServer } from '../support/servers/normal-server.ts'
import { POLICIES } from './bad-fleet.ts'
import { BAD_SERVERS } from './bad-servers.ts'
import { drive } from './drive.ts'
import { NOTHING, watchedBalancer } from './watched-balancer.ts'

test.concurrent.each(POLICIES)(
  'with one good endpoint among ten that are bad in every way no idempotent call fails under %s',
  { timeout: 30_000 },
  async (_policy, policy) => {
    await using stack = new AsyncDisposableStack()
    const bad: LocalServer[] = []
    for (const open of BAD_SERVERS) bad.push(stack.use(await open()))
    const good = stack.use(await normalServer())
    const { balancer, leftovers } = stack.use(
      watchedBalancer({
        endpoints: [...bad.slice(0, 5), good, ...bad.slice(5)].map(({ url }) => url),
        policy: policy(),
        timeout: { attempt: 300 },
        // One for each endpoint that takes a request and does not answer it, and one that is answered.
        retry: { attempts: 9, backoff: { base: 1, max: 5 } },
      }),
    )
    const get = () => balancer.fetch('/item')
    const cold = await drive(100, 1, get)
    expect(cold).toMatchObject({ failures: [], servers: { normal: 100 } })
    const together = await drive(200, 8, get)
    expect(together).toMatchObject({ failures: [], servers: { normal: 200 } })
    expect(leftovers()).toEqual(NOTHING)
  },
)
