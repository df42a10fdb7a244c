import { expect } from 'vitest'
import { balanced } from './balanced.ts'
import type { MockNetwork, Received } from './mock-network.ts'

/** What differs between two sendings of the same form. */
const BOUNDARY = /-{4,}formdata-[-\w]+/gi

function plain({ method, headers, body }: Received) {
  return {
    method,
    headers: [...headers].map(([name, value]) => [name, value.replace(BOUNDARY, 'boundary')]),
    body: body.toString('latin1').replace(BOUNDARY, 'boundary'),
  }
}

/**
 * Makes the same call by the platform's own `fetch` and by a balancer, expects that a server cannot
 * tell them apart, and gives what it received. The call is made anew for each, since some can be sent
 * only once.
 */
export async function expectLikeFetch(
  network: MockNetwork,
  call: (fetch: (input: string | Request, init?: RequestInit) => Promise<Response>) => Promise<Response>,
): Promise<Received> {
  const log = network.serve('http://a.test')
  await call((input, init) => fetch(typeof input === 'string' ? `http://a.test${input}` : input, init))
  await using users = balanced({ endpoints: ['http://a.test'] })
  await call(users.fetch)
  expect(log).toHaveLength(2)
  const [byFetch, byBalancer] = log as [Received, Received]
  expect(plain(byBalancer)).toEqual(plain(byFetch))
  return byBalancer
}
