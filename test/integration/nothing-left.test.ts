import { expect, test } from 'vitest'
import { endlessBodyServer } from '../support/servers/endless-body-server.ts'
import { BROKEN_BODY } from '../support/servers/garbage.ts'
import { garbageServer } from '../support/servers/garbage-server.ts'
import { keepAliveRaceServer } from '../support/servers/keep-alive-race-server.ts'
import type { LocalServer } from '../support/servers/local-server.ts'
import { normalServer } from '../support/servers/normal-server.ts'
import { resettingServer } from '../support/servers/resetting-server.ts'
import { BAD_SERVERS } from './bad-servers.ts'
import { drive } from './drive.ts'
import { eventually } from './eventually.ts'
import { NOTHING, watchedBalancer } from './watched-balancer.ts'

const SERVERS: readonly (() => Promise<LocalServer>)[] = [
  ...BAD_SERVERS,
  () => resettingServer('mid-body'),
  () => garbageServer(BROKEN_BODY['a broken chunk later']),
  keepAliveRaceServer,
  normalServer,
  normalServer,
]

/** How many there are of each kind of thing that keeps a process alive. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** A call of some kind: what it is does not matter as long as there are many kinds. */
function request(index: number): RequestInit {
  const method = ['GET', 'PUT', 'POST', 'DELETE'][index % 4] as string
  const body = index % 2 === 0 ? null : 'x'.repeat(index)
  // Every seventh gives up, at about the time at which others are answered.
  const signal = index % 7 === 0 ? AbortSignal.timeout(index % 10) : null
  return { method, body: method === 'GET' || method === 'DELETE' ? null : body, signal }
}

test.each(['headers', 'body'] as const)(
  '500 calls over servers of every kind leave nothing behind, when a call ends with its %s',
  async (completion) => {
    const before = resources()
    {
      await using stack = new AsyncDisposableStack()
      const servers: LocalServer[] = []
      for (const open of SERVERS) servers.push(stack.use(await open()))
      const endless = stack.use(await endlessBodyServer(503))
      servers.push(endless)
      const watched = stack.use(
        watchedBalancer({
          endpoints: servers.map(({ url }) => url),
          completion,
          timeout: { attempt: 100, total: 1_000 },
          retry: { backoff: { base: 1, max: 5 } },
        }),
      )
      const report = await drive(500, 16, async (index) => {
        const response = await watched.balancer.fetch('/item', request(index))
        if (response.status === 200) return response
        await response.body?.cancel()
        return new Response(null, response)
      })
      expect(report.statuses[200]).toBeGreaterThan(100)
      expect(report.failures.length).toBeGreaterThan(10)
      expect(watched.leftovers()).toEqual(NOTHING)
      await watched.balancer.close()
      await eventually(() => endless.bodies).toBe(0)
      expect(watched.leftovers()).toEqual(NOTHING)
    }
    await eventually(() => difference(resources(), before)).toEqual({})
  },
)

/** What there is more of than there was. */
function difference(now: Record<string, number>, before: Record<string, number>): Record<string, number> {
  const more = Object.entries(now).map(([name, count]) => [name, count - (before[name] ?? 0)] as const)
  return Object.fromEntries(more.filter(([, count]) => count > 0))
}
