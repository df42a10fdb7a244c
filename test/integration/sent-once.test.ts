import { describe, expect, test } from 'vitest'
import { blackHoleServer } from '../support/servers/black-hole-server.ts'
import { burstServer } from '../support/servers/burst-server.ts'
import { NO_ANSWER } from '../support/servers/garbage.ts'
import { garbageServer } from '../support/servers/garbage-server.ts'
import type { LocalServer } from '../support/servers/local-server.ts'
import { normalServer } from '../support/servers/normal-server.ts'
import { refusingEndpoint } from '../support/servers/refusing-endpoint.ts'
import { resettingServer } from '../support/servers/resetting-server.ts'
import { inTurn } from './in-turn.ts'
import { rejection } from './rejection.ts'
import { watchedBalancer } from './watched-balancer.ts'

/** They take a request and leave it open whether it was carried out. */
const DOUBTFUL: Readonly<Record<string, () => Promise<LocalServer>>> = {
  'broke after it was sent': () => resettingServer('after-request'),
  'was closed after it was sent': () => resettingServer('hang-up'),
  'broke in the middle of the headers': () => resettingServer('mid-headers'),
  'brought garbage': () => garbageServer(NO_ANSWER['another protocol']),
  'stayed silent': () => blackHoleServer(),
}

const post = (headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body: '{"amount":100}',
  headers,
})

describe.each(Object.entries(DOUBTFUL))('when the connection %s', (_, open) => {
  test('a POST is not sent again', async () => {
    await using first = await open()
    await using second = await normalServer()
    await using watched = watchedBalancer({ endpoints: inTurn(first, second), timeout: { attempt: 500 } })
    const error = await rejection(watched.balancer.fetch('/pay', post()))
    expect(error).toMatchObject({ name: 'BalancerError', attempts: [{ progress: 'sent' }] })
    expect(first.hits).toBe(1)
    expect(second.hits).toBe(0)
  })

  test.each<[string, RequestInit & { balancer?: { idempotent: boolean } }]>([
    ['with an Idempotency-Key', post({ 'Idempotency-Key': 'a1' })],
    ['that is called idempotent', { ...post(), balancer: { idempotent: true } }],
  ])('a POST %s is', async (_kind, init) => {
    await using first = await open()
    await using second = await normalServer()
    await using watched = watchedBalancer({ endpoints: inTurn(first, second), timeout: { attempt: 500 } })
    const response = await watched.balancer.fetch('/pay', init)
    expect(await response.text()).toBe('served by normal')
    expect(first.hits).toBe(1)
    expect(second.requests.map(({ body }) => body.toString())).toEqual(['{"amount":100}'])
  })

  test('a GET that is called not idempotent is not sent again', async () => {
    await using first = await open()
    await using second = await normalServer()
    await using watched = watchedBalancer({ endpoints: inTurn(first, second), timeout: { attempt: 500 } })
    await rejection(watched.balancer.fetch('/next-number', { balancer: { idempotent: false } }))
    expect({ first: first.hits, second: second.hits }).toEqual({ first: 1, second: 0 })
  })
})

test('a POST that was refused the connection goes to the next endpoint', async () => {
  await using first = await refusingEndpoint()
  await using second = await normalServer()
  await using watched = watchedBalancer({ endpoints: inTurn(first, second) })
  const response = await watched.balancer.fetch('/pay', post())
  expect(await response.text()).toBe('served by normal')
  expect(second.requests.map(({ body }) => body.toString())).toEqual(['{"amount":100}'])
})

test('a POST that was answered 503 is not sent again: the answer goes to the caller', async () => {
  await using first = await burstServer({ good: 0, bad: 1 })
  await using second = await normalServer()
  await using watched = watchedBalancer({ endpoints: inTurn(first, second) })
  const response = await watched.balancer.fetch('/pay', post())
  expect(response.status).toBe(503)
  await response.text()
  expect({ first: first.hits, second: second.hits }).toEqual({ first: 1, second: 0 })
})
