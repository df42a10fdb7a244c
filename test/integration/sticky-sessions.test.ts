import { byCookie, ringHash } from 'evenkeel'
import { expect, test } from 'vitest'
import { type ServerProcess, serverProcess } from '../support/servers/server-process.ts'
import { eventually } from './eventually.ts'
import { NOTHING, watchedBalancer } from './watched-balancer.ts'

const SESSIONS = Array.from({ length: 30 }, (_, i) => `session-${i}`)
const PAUSE = 200

test('sessions of a server that is killed move to their next one, the others stay, and they return with it', {
  timeout: 30_000,
}, async () => {
  await using a = await serverProcess('a')
  await using b = await serverProcess('b')
  await using c = await serverProcess('c')
  const servers: readonly ServerProcess[] = [a, b, c]
  await using watched = watchedBalancer({
    endpoints: servers.map(({ id, url }) => ({ id, url })),
    policy: ringHash(),
    hashKey: byCookie('sid'),
    outlierDetection: { baseEjectionTime: PAUSE, maxEjectionTime: PAUSE },
    circuitBreaker: { resetTimeout: PAUSE },
    // All sessions of one server are tried again at once.
    retry: { budget: { ratio: 1, minPerSecond: 100 } },
  })
  const { balancer } = watched

  const serverOf = async (session: string): Promise<string> => {
    const response = await balancer.fetch('/item', { headers: { cookie: `theme=dark; sid=${session}` } })
    await response.text()
    return response.headers.get('x-server') ?? 'nobody'
  }
  const whereAll = async () =>
    Object.fromEntries(
      await Promise.all(SESSIONS.map(async (session) => [session, await serverOf(session)] as const)),
    )
  const stateOf = (id: string) => balancer.snapshot().endpoints.find((endpoint) => endpoint.id === id)?.state

  const before = await whereAll()
  expect(new Set(Object.values(before))).toEqual(new Set(['a', 'b', 'c']))
  expect(await whereAll()).toEqual(before)

  await b.kill()
  const during = await whereAll()
  const moved = SESSIONS.filter((session) => before[session] === 'b')
  for (const session of SESSIONS) {
    if (before[session] === 'b') expect(['a', 'c']).toContain(during[session])
    else expect(during[session]).toBe(before[session])
  }
  // The next choice is one of the session, not of the server: they do not all go to the same one.
  expect(new Set(moved.map((session) => during[session])).size).toBe(2)
  expect(await whereAll()).toEqual(during)

  await b.start()
  await eventually(async () => {
    await serverOf(SESSIONS[0]!)
    return stateOf('b')
  }).toBe('eligible')
  expect(await whereAll()).toEqual(before)
  await eventually(watched.leftovers).toEqual(NOTHING)
})
