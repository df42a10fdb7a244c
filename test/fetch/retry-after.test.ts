import { virtualClock } from 'evenkeel/testing'
import { expect, test } from 'vitest'
import { eventually } from '../integration/eventually.ts'
import { balanced, inTurn } from './balanced.ts'
import { mockNetwork } from './mock-network.ts'

const network = mockNetwork()

/** The start of virtual time, on a full second, since HTTP dates know nothing smaller. */
const START = Date.UTC(2030, 0, 1)
const SECONDS: [string, string][] = [
  ['seconds', '7'],
  ['an HTTP date', new Date(START + 7_000).toUTCString()],
]

test.each(SECONDS)('Retry-After in %s keeps calls away from its endpoint for as long', async (_, value) => {
  const clock = virtualClock(START)
  const a = network.serve(
    'http://a.test',
    () => new Response(null, { status: 503, headers: { 'retry-after': value } }),
  )
  const b = network.serve('http://b.test')
  await using users = balanced({
    endpoints: inTurn('http://a.test', 'http://b.test'),
    clock,
    random: () => 0,
  })
  for (let i = 0; i < 10; i++)
    expect((await users.fetch('/x', { method: 'POST' })).status).toBe(i === 0 ? 503 : 200)
  expect([a.length, b.length]).toEqual([1, 9])
  await clock.advance(6_999)
  await users.fetch('/x')
  expect([a.length, b.length]).toEqual([1, 10])
  await clock.advance(1)
  await users.fetch('/x', { method: 'POST' })
  expect(a).toHaveLength(2)
})

test.each(SECONDS)('Retry-After in %s is waited for where there is no other endpoint', async (_, value) => {
  const clock = virtualClock(START)
  const a = network.serve('http://a.test', (_received, count) =>
    count === 1 ? new Response(null, { status: 503, headers: { 'retry-after': value } }) : new Response('ok'),
  )
  await using users = balanced({ endpoints: ['http://a.test'], clock, random: () => 0 })
  const retried = new Promise<number>((resolve) => users.on('retry', ({ delay }) => resolve(delay)))
  const call = users.fetch('/x')
  expect(await retried).toBe(7_000)
  await eventually(() => clock.pending).toBe(1)
  await clock.advance(6_999)
  expect(a).toHaveLength(1)
  await clock.advance(1)
  expect(await (await call).text()).toBe('ok')
  expect(clock.pending).toBe(0)
})
