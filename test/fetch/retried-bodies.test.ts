import { expect, test } from 'vitest'
import { balanced, inTurn } from './balanced.ts'
import { BODIES, BUFFERS, streaming } from './bodies.ts'
import { mockNetwork, type Received } from './mock-network.ts'

const network = mockNetwork()

/** Two endpoints of which the first answers 503, whatever it gets. */
function failingOver() {
  const first = network.serve('http://a.test', () => new Response('later', { status: 503 }))
  const second = network.serve('http://b.test')
  const users = balanced({ endpoints: inTurn('http://a.test', 'http://b.test') })
  return { first, second, users, [Symbol.asyncDispose]: () => users.close() }
}

/** The parts of a form, without the boundary between them, which may be another one each time. */
async function parts({ body, headers }: Received): Promise<unknown> {
  const type = headers.get('content-type') ?? ''
  if (!type.startsWith('multipart/')) return { type, body: body.toString('latin1') }
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  const entries = [...form].map(async ([name, value]) =>
    typeof value === 'string' ? [name, value] : [name, value.name, value.type, await value.text()],
  )
  return Promise.all(entries)
}

const ALL: [string, () => BodyInit][] = [
  ...BUFFERS,
  ...BODIES.map(([name, body]): [string, () => BodyInit] => [name, body]),
]

test.each(ALL)('%s is the same the second time', async (_, body) => {
  await using fleet = failingOver()
  const { first, second, users } = fleet
  expect((await users.fetch('/x', { method: 'PUT', body: body() })).status).toBe(200)
  expect([first.length, second.length]).toEqual([1, 1])
  expect(second[0]?.body.length).toBeGreaterThan(0)
  expect(await parts(second[0]!)).toEqual(await parts(first[0]!))
})

test.each(ALL)('%s in a Request is the same the second time', async (_, body) => {
  await using fleet = failingOver()
  const { first, second, users } = fleet
  const request = new Request('http://users/x', { method: 'PUT', body: body() })
  expect((await users.fetch(request)).status).toBe(200)
  expect([first.length, second.length]).toEqual([1, 1])
  expect(second[0]?.body.length).toBeGreaterThan(0)
  expect(await parts(second[0]!)).toEqual(await parts(first[0]!))
})

test('a form, parameters and bytes that the caller changes meanwhile are sent as they were', async () => {
  await using fleet = failingOver()
  const { first, second, users } = fleet
  const form = new FormData()
  form.append('a', '1')
  const parameters = new URLSearchParams({ a: '1' })
  const bytes = new Uint8Array([1, 2, 3])
  const calls = [form, parameters, bytes, bytes.buffer].map((body) =>
    users.fetch('/x', { method: 'PUT', body }),
  )
  form.append('b', '2')
  parameters.append('b', '2')
  bytes.fill(9)
  for (const response of await Promise.all(calls)) expect(response.status).toBe(200)
  for (const { body } of [...first, ...second]) {
    expect(body.includes('b') || body.includes(9)).toBe(false)
  }
})

test('a stream that was read is not sent again: the answer goes to the caller', async () => {
  await using fleet = failingOver()
  const { first, second, users } = fleet
  const stream = new Blob(['x'.repeat(200_000)]).stream()
  const response = await users.fetch('/x', { method: 'PUT', ...streaming(stream) })
  expect([response.status, await response.text()]).toEqual([503, 'later'])
  expect([first.length, second.length]).toEqual([1, 0])
})

test('a request without a body has none the second time', async () => {
  await using fleet = failingOver()
  const { second, users } = fleet
  expect((await users.fetch('/x', { method: 'DELETE' })).status).toBe(200)
  expect(second.map(({ body, headers }) => [body.length, headers.get('content-type')])).toEqual([[0, null]])
})
