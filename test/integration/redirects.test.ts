import { describe, expect, test } from 'vitest'
import { normalServer } from '../support/servers/normal-server.ts'
import { redirectingServer } from '../support/servers/redirecting-server.ts'
import { refusingEndpoint } from '../support/servers/refusing-endpoint.ts'
import { inTurn } from './in-turn.ts'
import { rejection } from './rejection.ts'
import { NOTHING, watchedBalancer } from './watched-balancer.ts'

/** What the caller, and what the server behind the redirect, see of it. */
async function seen(response: Response, target: Awaited<ReturnType<typeof normalServer>>) {
  const { status, redirected, url } = response
  const received = target.requests.map(({ method, url: path, headers, body }) => ({
    method,
    path,
    body: body.toString(),
    authorization: headers.authorization,
    type: headers['content-type'],
  }))
  return { status, redirected, url, text: await response.text(), received }
}

describe.each([301, 302, 303, 307, 308])('a redirect by %i', (status) => {
  test.each<[string, RequestInit]>([
    ['GET', { headers: { authorization: 'Bearer secret' } }],
    ['PUT', { method: 'PUT', body: 'text' }],
    ['POST', { method: 'POST', body: 'text', headers: { authorization: 'Bearer secret' } }],
  ])('of a %s is followed as fetch does', async (_method, init) => {
    await using target = await normalServer()
    await using server = await redirectingServer(status, `${target.url}/there?q`)
    const own = await seen(await fetch(`${server.url}/here`, init), target)
    target.requests.length = 0
    await using watched = watchedBalancer({ endpoints: [server.url] })
    const balanced = await seen(await watched.balancer.fetch('/here', init), target)
    expect(balanced).toEqual(own)
    expect(balanced).toMatchObject({ status: 200, redirected: true, url: `${target.url}/there?q` })
    target.requests.length = 0
    const tracked = { ...init, balancer: { completion: 'body' } } as const
    expect(await seen(await watched.balancer.fetch('/here', tracked), target)).toEqual(own)
    expect(server.hits).toBe(3)
    expect(watched.leftovers()).toEqual(NOTHING)
  })
})

test("redirect: 'manual' gives the redirect itself", async () => {
  await using server = await redirectingServer(302, '/elsewhere')
  await using watched = watchedBalancer({ endpoints: [server.url] })
  const response = await watched.balancer.fetch('/here', { redirect: 'manual' })
  expect([response.status, response.headers.get('location'), response.redirected]).toEqual([
    302,
    '/elsewhere',
    false,
  ])
  expect(server.hits).toBe(1)
})

/** What `fetch` was told not to follow, or cannot; the server did nothing wrong by asking. */
const ENDS: [string, string, RequestInit, number][] = [
  ["with redirect: 'error'", '/elsewhere', { redirect: 'error' }, 1],
  ['in a loop', '/again', {}, 21],
  ['to another scheme', 'ftp://example.com/', {}, 1],
]

test.each(ENDS)(
  'a redirect %s is an error, is not tried again, and not held against anybody',
  async (_, location, init, hits) => {
    await using server = await redirectingServer(302, location)
    await using other = await normalServer()
    const own = await rejection(fetch(`${server.url}/here`, init))
    server.hits = 0
    await using watched = watchedBalancer({ endpoints: inTurn(server, other) })
    const error = await rejection(watched.balancer.fetch('/here', init))
    expect(error).toBeInstanceOf(TypeError)
    expect((error as TypeError).cause).toEqual((own as TypeError).cause)
    expect([server.hits, other.hits]).toEqual([hits, 0])
    expect(watched.balancer.snapshot().endpoints[0]).toMatchObject({ failures: 0, consecutiveFailures: 0 })
    expect(watched.leftovers()).toEqual(NOTHING)
  },
)

test('a redirect to what is no URL at all is a broken answer, for which the next endpoint is asked', async () => {
  await using server = await redirectingServer(302, 'http://')
  await using other = await normalServer()
  await using watched = watchedBalancer({ endpoints: inTurn(server, other) })
  expect(await (await watched.balancer.fetch('/here')).text()).toBe('served by normal')
  expect(server.hits).toBe(1)
  expect(watched.balancer.snapshot().endpoints[0]).toMatchObject({ failures: 1 })
})

test.each(['refused', 'unknown'])(
  'a POST that is led to where nobody is (%s) was sent, and is not sent again',
  async (where) => {
    await using refusing = await refusingEndpoint()
    await using server = await redirectingServer(
      303,
      where === 'refused' ? `${refusing.url}/there` : 'http://nobody.invalid/there',
    )
    await using other = await normalServer()
    await using watched = watchedBalancer({ endpoints: [server.url, { url: other.url, priority: 1 }] })
    const error = await rejection(watched.balancer.fetch('/', { method: 'POST', body: 'once' }))
    expect(error).toMatchObject({ attempts: [{ progress: 'sent' }] })
    expect([server.hits, other.hits]).toEqual([1, 0])
  },
)
