import { leastLatency, leastRequest, type Policy, random, roundRobin } from 'evenkeel'
import type { LocalServer } from '../support/servers/local-server.ts'
import { normalServer } from '../support/servers/normal-server.ts'
import { watchedBalancer } from './watched-balancer.ts'

/** Shorter than by default, so that a test does not take minutes. */
export const ATTEMPT_TIMEOUT = 400

export const POLICIES: readonly (readonly [string, () => Policy])[] = Object.entries({
  leastLatency,
  leastRequest,
  roundRobin,
  random,
})

/** Two bad endpoints and a good one between them; everything but the timeout is as it comes. */
export async function badFleet(open: () => Promise<LocalServer>, policy: Policy) {
  const stack = new AsyncDisposableStack()
  const bad = [stack.use(await open()), stack.use(await open())] as const
  const good = stack.use(await normalServer())
  const { balancer, leftovers } = stack.use(
    watchedBalancer({
      endpoints: [bad[0].url, good.url, bad[1].url],
      policy,
      timeout: { attempt: ATTEMPT_TIMEOUT },
    }),
  )
  return {
    get: () => balancer.fetch('/item?id=1'),
    leftovers,
    /** Starts to count anew how often the bad ones are asked. */
    forgetHits: () => {
      for (const server of bad) server.hits = 0
    },
    badHits: () => bad.map((server) => server.hits),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
