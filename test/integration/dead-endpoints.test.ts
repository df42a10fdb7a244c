import { describe, expect, test } from 'vitest'
import { burstServer } from '../support/servers/burst-server.ts'
import { NO_ANSWER } from '../support/servers/garbage.ts'
import { garbageServer } from '../support/servers/garbage-server.ts'
import type { LocalServer } from '../support/servers/local-server.ts'
import { refusingEndpoint } from '../support/servers/refusing-endpoint.ts'
import { resettingServer } from '../support/servers/resetting-server.ts'
import { badFleet, POLICIES } from './bad-fleet.ts'
import { drive } from './drive.ts'
import { NOTHING } from './watched-balancer.ts'

const garbage = (name: keyof typeof NO_ANSWER) => () => garbageServer(NO_ANSWER[name])

/** They fail as soon as they are asked. */
const DEAD: Readonly<Record<string, () => Promise<LocalServer>>> = {
  'refuse connections': refusingEndpoint,
  'reset after the request': () => resettingServer('after-request'),
  'hang up after the request': () => resettingServer('hang-up'),
  'reset in the middle of the headers': () => resettingServer('mid-headers'),
  'speak another protocol': garbage('another protocol'),
  'flood with headers': garbage('a header flood'),
  'answer 503': () => burstServer({ good: 0, bad: 1 }),
  'answer 503 and ask for a pause': () => burstServer({ good: 0, bad: 1, retryAfter: '2' }),
}

describe.each(Object.entries(DEAD))('when two of three endpoints %s', (_kind, open) => {
  test.each(POLICIES)('no idempotent call fails under %s', async (_policy, policy) => {
    await using fleet = await badFleet(open, policy())
    const cold = await drive(100, 1, fleet.get)
    expect(cold).toMatchObject({ failures: [], servers: { normal: 100 } })
    const together = await drive(200, 16, fleet.get)
    expect(together).toMatchObject({ failures: [], servers: { normal: 200 } })

    // It has been learned: what is left are single looks at whether they are back.
    fleet.forgetHits()
    const warm = await drive(100, 4, fleet.get)
    expect(warm).toMatchObject({ failures: [], servers: { normal: 100 } })
    for (const hits of fleet.badHits()) expect(hits).toBeLessThanOrEqual(3)
    expect(fleet.leftovers()).toEqual(NOTHING)
  })
})
