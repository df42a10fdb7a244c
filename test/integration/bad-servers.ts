import { blackHoleServer } from '../support/servers/black-hole-server.ts'
import { burstServer } from '../support/servers/burst-server.ts'
import { NO_ANSWER } from '../support/servers/garbage.ts'
import { garbageServer } from '../support/servers/garbage-server.ts'
import type { LocalServer } from '../support/servers/local-server.ts'
import { refusingEndpoint } from '../support/servers/refusing-endpoint.ts'
import { resettingServer } from '../support/servers/resetting-server.ts'

/** One of each kind; the first two never see a request. */
export const BAD_SERVERS: readonly (() => Promise<LocalServer>)[] = [
  refusingEndpoint,
  refusingEndpoint,
  () => resettingServer('after-request'),
  () => resettingServer('hang-up'),
  () => resettingServer('mid-headers'),
  () => blackHoleServer('silent'),
  () => garbageServer(NO_ANSWER['another protocol']),
  () => garbageServer(NO_ANSWER['a header flood']),
  () => burstServer({ good: 0, bad: 1 }),
  () => burstServer({ good: 0, bad: 1, retryAfter: '1' }),
]
