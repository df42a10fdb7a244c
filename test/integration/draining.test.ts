import { expect, test } from 'vitest'
import { heldServer } from '../support/servers/held-server.ts'
import { normalServer } from '../support/servers/normal-server.ts'
import { drive } from './drive.ts'
import { eventually } from './eventually.ts'
import { inTurn } from './in-turn.ts'
import { rejection } from './rejection.ts'
import { NOTHING, watchedBalancer } from './watched-balancer.ts'

test.each(['headers', 'body'] as const)(
  'an endpoint that leaves the list finishes its call to the end of its %s, and gets no other',
  async (completion) => {
    await using old = await heldServer()
    await using fresh = await normalServer()
    await using watched = watchedBalancer({ endpoints: [old.url], completion })
    const { balancer } = watched
    const events: string[] = []
    balancer.on('endpointremoved', ({ endpoint, inFlight }) =>
      events.push(`removed ${endpoint.url} ${inFlight}`),
    )
    balancer.on('drained', ({ endpoint }) => events.push(`drained ${endpoint.url}`))
    const call = balancer.fetch('/item')
    const held = await old.next()
    balancer.setEndpoints([fresh.url])
    expect(await drive(20, 4, () => balancer.fetch('/item'))).toMatchObject({ servers: { normal: 20 } })
    expect(old.hits).toBe(1)
    expect(events).toEqual([`removed ${old.url} 1`])
    held.response.write('all of ')
    const response = await call
    expect(events).toHaveLength(completion === 'headers' ? 2 : 1)
    held.response.end('it')
    expect(await response.text()).toBe('all of it')
    expect(events).toEqual([`removed ${old.url} 1`, `drained ${old.url}`])
    expect(watched.leftovers()).toEqual(NOTHING)
  },
)

test('an endpoint is drained, too, when its last call breaks off, and that call goes on elsewhere', async () => {
  await using old = await heldServer()
  await using fresh = await normalServer()
  await using watched = watchedBalancer({ endpoints: [old.url] })
  const { balancer } = watched
  const drained: string[] = []
  balancer.on('drained', ({ endpoint }) => drained.push(endpoint.url))
  const call = balancer.fetch('/item')
  const { response } = await old.next()
  balancer.setEndpoints([fresh.url])
  response.destroy()
  expect(await (await call).text()).toBe('served by normal')
  expect(drained).toEqual([old.url])
  expect(watched.leftovers()).toEqual(NOTHING)
})

test('close waits for the call under way, refuses others, and tells when it is done', async () => {
  await using server = await heldServer()
  await using watched = watchedBalancer({ endpoints: [server.url] })
  const { balancer } = watched
  const order: string[] = []
  balancer.on('closed', () => order.push('closed'))
  const call = balancer.fetch('/item').then((response) => {
    order.push('answered')
    return response.text()
  })
  const { response } = await server.next()
  const closing = balancer.close()
  expect(await rejection(balancer.fetch('/item'))).toMatchObject({ code: 'ERR_CLOSED' })
  expect(order).toEqual([])
  response.end('to the end')
  await closing
  expect(await call).toBe('to the end')
  expect(order).toEqual(['answered', 'closed'])
  expect(server.hits).toBe(1)
})

test('a call that fails while the balancer is closed is not sent again', async () => {
  await using first = await heldServer()
  await using second = await normalServer()
  await using watched = watchedBalancer({ endpoints: inTurn(first, second) })
  const call = rejection(watched.balancer.fetch('/item'))
  const { response } = await first.next()
  const closing = watched.balancer.close()
  response.destroy()
  expect(await call).toMatchObject({ code: 'ERR_ATTEMPT_FAILED', attempts: [{ kind: 'broken' }] })
  await closing
  expect(second.hits).toBe(0)
  await eventually(() => first.connections).toBe(0)
  expect(watched.leftovers()).toEqual(NOTHING)
})
