import { leastLatency } from 'evenkeel'
import { describe, expect, test } from 'vitest'
import { blackHoleServer } from '../support/servers/black-hole-server.ts'
import type { LocalServer } from '../support/servers/local-server.ts'
import { slowServer } from '../support/servers/slow-server.ts'
import { ATTEMPT_TIMEOUT, badFleet, POLICIES } from './bad-fleet.ts'
import { drive } from './drive.ts'
import { NOTHING } from './watched-balancer.ts'

/** They fail by letting the attempt's time pass. */
const SILENT: Readonly<Record<string, () => Promise<LocalServer>>> = {
  'accept and never answer': () => blackHoleServer('silent'),
  'never end their headers': () => blackHoleServer('endless-headers'),
  'are too slow': () => slowServer(2 * ATTEMPT_TIMEOUT),
}

// All of it is waiting, so it is done at once.
describe.concurrent.each(Object.entries(SILENT))('when two of three endpoints %s', (_kind, open) => {
  test.each(POLICIES)('no idempotent call fails under %s', { timeout: 30_000 }, async (_policy, policy) => {
    await using fleet = await badFleet(open, policy())
    const cold = await drive(200, 8, fleet.get)
    expect(cold).toMatchObject({ failures: [], servers: { normal: 200 } })
    const alone = await drive(100, 1, fleet.get)
    expect(alone).toMatchObject({ failures: [], servers: { normal: 100 } })

    fleet.forgetHits()
    const warm = await drive(100, 4, fleet.get)
    expect(warm).toMatchObject({ failures: [], servers: { normal: 100 } })
    for (const hits of fleet.badHits()) expect(hits).toBeLessThanOrEqual(3)
    expect(fleet.leftovers()).toEqual(NOTHING)
  })

  test('no idempotent call fails when they come one by one from the start', async () => {
    await using fleet = await badFleet(open, leastLatency())
    const cold = await drive(100, 1, fleet.get)
    expect(cold).toMatchObject({ failures: [], servers: { normal: 100 } })
    // Three failures eject one of them; until then both may be drawn together, but not more often than that.
    for (const hits of fleet.badHits()) expect(hits).toBeLessThanOrEqual(4)
    expect(fleet.leftovers()).toEqual(NOTHING)
  })
})
