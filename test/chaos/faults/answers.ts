import type { Fault } from '../fault.ts'
import { isCall } from '../observation.ts'
import { behaving } from './connections.ts'

const answering = (status: number, share: number, retryAfter?: string) =>
  behaving({ does: 'answer', status, share, ...(retryAfter !== undefined && { retryAfter }) })

/** One server whose answers are bad. */
export const ANSWER_FAULTS: readonly Fault[] = [
  {
    name: '503 always',
    what: 'A server answers 503, and its health check fails with it.',
    sees: 'Nothing.',
    ...answering(503, 1),
    promised: { p99: 3, slow: 0, amplification: 1.05, ejected: 1_000, recovered: 2_000 },
  },
  {
    name: '503 to 30 %',
    what: 'A server answers 503 to every third request or so.',
    sees: 'Nothing.',
    ...answering(503, 0.3),
    promised: { p99: 5, slow: 0, amplification: 1.1, recovered: 7_000 },
  },
  {
    name: '500 always',
    what: 'A server answers 500, which is an answer: it is not retried.',
    sees: 'A few 500, until five in a row (or those under way then) have got the server ejected.',
    ...answering(500, 1),
    promised: { failed: 12, p99: 3, slow: 0, amplification: 1, ejected: 1_000, recovered: 2_000 },
  },
  {
    name: '500 to 30 %',
    what: 'A server answers 500 to every third request or so; `retry: { statuses: [500, 502, 503, 504] }`.',
    sees: 'Nothing.',
    options: { retry: { statuses: [500, 502, 503, 504] } },
    ...answering(500, 0.3),
    promised: { p99: 5, slow: 0, amplification: 1.1, recovered: 7_000 },
  },
  {
    name: '429 with Retry-After',
    what: 'A server answers 429 and asks to be left alone for a second.',
    sees: 'Nothing, and the server is asked about once a second.',
    ...answering(429, 1, '1'),
    promised: {
      // A second of these is its own wish, and then the policy has to think of it again.
      ...{ p99: 3, slow: 0, amplification: 1.05, ejected: 500, recovered: 3_000 },
      besidesInWords: 'at most 8 tries a second at the server',
      besides({ times: { begun, ended }, late }, { victims }) {
        const seconds = (ended - begun) / 1000
        const tries = victims[0]!.arrivals.filter((one) => isCall(one) && one.at >= begun && one.at < ended)
        // One, and those that were begun before its answer was there: more, where the callers are slow to hear of it.
        return tries.length <= (seconds + 1) * (8 + late)
          ? []
          : [`${tries.length} tries in ${seconds.toFixed(1)} s`]
      },
    },
  },
]
