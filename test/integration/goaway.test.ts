import { createRequire } from 'node:module'
import { type FetchLike, fetchTransport } from 'evenkeel'
import { expect, test } from 'vitest'
import { goingAwayServer } from '../support/servers/http2-server.ts'
import { drive } from './drive.ts'
import { NOTHING, watchedBalancer } from './watched-balancer.ts'

interface Undici {
  readonly Agent: new (options: { allowH2: boolean; useH2c: boolean }) => { destroy(): Promise<void> }
  readonly fetch: (url: string, init: object) => Promise<Response>
}

/** Node's own fetch speaks HTTP/1.1 alone; the benchmarks have an undici that can be told to speak HTTP/2. */
const { Agent, fetch } = createRequire(new URL('../../bench/package.json', import.meta.url))(
  'undici',
) as Undici

/** A balancer over HTTP/2, and two servers that send GOAWAY with every tenth request of a connection. */
async function goingAway() {
  const stack = new AsyncDisposableStack()
  const servers = [stack.use(await goingAwayServer(10)), stack.use(await goingAwayServer(10))]
  const dispatcher = new Agent({ allowH2: true, useH2c: true })
  stack.defer(() => dispatcher.destroy())
  const send: FetchLike = (url, init) => fetch(url, { ...init, dispatcher })
  const watched = stack.use(
    watchedBalancer({
      endpoints: servers.map(({ url }) => url),
      transport: fetchTransport({ fetch: send }),
      retry: { attempts: 4, backoff: { base: 1, max: 1 }, budget: { ratio: 1 } },
    }),
  )
  const sum = (of: 'goaways' | 'hits') => servers.reduce((total, server) => total + server[of], 0)
  return { ...watched, sum, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

test('GETs go on when servers send GOAWAY all the time', { timeout: 30_000 }, async () => {
  await using fleet = await goingAway()
  const report = await drive(400, 8, () => fleet.balancer.fetch('/item'))
  expect(report).toMatchObject({ failures: [], statuses: { 200: 400 } })
  expect(fleet.sum('goaways')).toBeGreaterThan(10)
  expect(fleet.leftovers()).toEqual(NOTHING)
})

test('a POST that may have been taken before a GOAWAY is not sent twice', { timeout: 30_000 }, async () => {
  await using fleet = await goingAway()
  const { failures } = await drive(400, 8, () =>
    fleet.balancer.fetch('/pay', { method: 'POST', body: '{"amount":100}' }),
  )
  // undici fails what came after the last request that the server names, and does not say that it was that.
  for (const error of failures)
    expect(error).toMatchObject({ code: 'ERR_ATTEMPT_FAILED', attempts: [{ progress: 'sent' }] })
  expect(fleet.sum('hits')).toBeLessThanOrEqual(400)
  expect(fleet.sum('goaways')).toBeGreaterThan(10)
  expect(fleet.leftovers()).toEqual(NOTHING)
})
