import fc from 'fast-check'
import { NO_ANSWER } from '../../support/servers/garbage.ts'
import type { Behaviour } from '../programs/behaviour.ts'
import type { PolicyName } from '../programs/client.ts'

/** So many servers there are; the first one is in every list and well all the time. */
export const SERVERS = 4

export type Command =
  | { readonly do: 'behave'; readonly server: number; readonly how: Behaviour }
  | { readonly do: 'kill' | 'start' | 'restart' | 'freeze' | 'thaw'; readonly server: number }
  /** A new list: the first server and these. */
  | { readonly do: 'list'; readonly servers: readonly number[] }
  /** Calls, at random times in the next so many ms. */
  | { readonly do: 'call'; readonly perSecond: number; readonly ms: number; readonly posts: number }
  | { readonly do: 'wait' | 'block' | 'jump'; readonly ms: number }

/** What is told to a balancer, and what happens to its servers. */
export interface Story {
  readonly policy: PolicyName | undefined
  readonly commands: readonly Command[]
}

const victim = fc.integer({ min: 1, max: SERVERS - 1 })
const victims = Array.from({ length: SERVERS - 1 }, (_, i) => i + 1)

/** Nothing that breaks bodies: they are in the callers' hands by then. */
const behaviour = fc.constantFrom<Behaviour[]>(
  { does: 'serve' },
  { does: 'refuse' },
  { does: 'reset', point: 'mid-headers' },
  { does: 'keep-silent' },
  { does: 'trickle' },
  { does: 'answer', status: 503, share: 1 },
  { does: 'answer', status: 503, share: 0.3 },
  { does: 'answer', status: 429, share: 1, retryAfter: '1' },
  { does: 'write', bytes: Object.values(NO_ANSWER), closes: true },
  { does: 'lose-races' },
  { does: 'close-each' },
)

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('behave' as const), server: victim, how: behaviour }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('kill', 'start', 'restart', 'freeze', 'thaw'),
      server: victim,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('list' as const), servers: fc.subarray(victims) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      perSecond: fc.constantFrom(20, 100, 300),
      ms: fc.constantFrom(50, 200),
      posts: fc.constantFrom(0, 0.3),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(10, 100, 400) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('block' as const), ms: fc.constantFrom(100, 500) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('jump' as const), ms: fc.constantFrom(-3_600_000, 3_600_000) }),
  },
)

export const story: fc.Arbitrary<Story> = fc.record({
  policy: fc.constantFrom(undefined, undefined, 'leastRequest', 'peakEwma', 'random', 'roundRobin'),
  commands: fc.array(command, { minLength: 8, maxLength: 24, size: 'max' }),
})
