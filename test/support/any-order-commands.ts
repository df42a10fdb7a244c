import type { HedgeOptions } from 'evenkeel'
import fc from 'fast-check'

/** What an endpoint does with what is sent to it. `hang` waits for an `answer`, however late that is. */
export type Deed =
  | { readonly does: 'answer'; readonly status: number; readonly retryAfter: string | undefined }
  | { readonly does: 'refuse' | 'break' | 'throw' | 'hang' | 'hang-deaf' }

/** What a health check finds. */
export type Health = 'well' | 'ill' | 'silent'

/** One endpoint of a new list. */
export interface Entry {
  readonly id: string
  readonly host: string
  readonly weight: number
  readonly priority: number
}

/** One thing that happens to a balancer. */
export type Command =
  | { readonly do: 'fetch'; readonly method: string }
  | { readonly do: 'burst'; readonly method: string; readonly calls: number }
  | { readonly do: 'execute'; readonly idempotent: boolean }
  | { readonly do: 'connect' }
  | { readonly do: 'hang-up'; readonly which: number; readonly how: 'close' | 'break' }
  | { readonly do: 'pick'; readonly avoid: number }
  | { readonly do: 'give-back'; readonly which: number; readonly how: 'succeed' | 'fail' | 'release' }
  | { readonly do: 'behave'; readonly id: string; readonly deed: Deed }
  | { readonly do: 'fall-ill'; readonly id: string; readonly health: Health }
  | { readonly do: 'answer'; readonly which: number; readonly deed: Deed }
  | { readonly do: 'abort'; readonly which: number }
  | { readonly do: 'list'; readonly entries: readonly Entry[] }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'freeze'; readonly ms: number }

/** How the balancer of one run is made. */
export interface Setting {
  readonly seed: number
  readonly policy: number
  readonly scope: 'endpoint' | 'service' | false
  readonly outlier: 'strict' | 'by peers' | false
  readonly limits: 'none' | 'endpoint' | 'total' | 'both' | 'adaptive'
  readonly queue: 'fifo' | 'lifo' | 'adaptive' | false
  readonly throttle: boolean
  readonly checks: 'none' | 'beside' | 'before traffic'
  readonly panicThreshold: number
  readonly attempts: number
  readonly minPerSecond: number
  readonly hedge: HedgeOptions | false
}

const ids = ['a', 'b', 'c', 'd']
const which = fc.nat(5)

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('answer' as const),
      status: fc.constantFrom(200, 200, 404, 429, 500, 503),
      retryAfter: fc.constantFrom(undefined, undefined, '0', '1', '3', '600', 'soon', '99999999999999999999'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constantFrom('refuse', 'break', 'throw', 'hang', 'hang-deaf') }),
  },
)

const entry = (id: string): fc.Arbitrary<Entry> =>
  fc.record({
    id: fc.constant(id),
    host: fc.constantFrom(`${id}.test`, `${id}.test`, `${id}.test`, `${id}.other.test`),
    weight: fc.constantFrom(1, 1, 1, 1, 3, 0.5, 0),
    priority: fc.constantFrom(0, 0, 0, 0, 1),
  })

/** A list of some of four endpoints, in the order of their ids. */
const listOf = (minLength: number): fc.Arbitrary<readonly Entry[]> =>
  fc.subarray(ids, { minLength }).chain((present) => fc.tuple(...present.map(entry)))

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('burst' as const),
      method: fc.constantFrom('GET', 'POST'),
      calls: fc.integer({ min: 2, max: 8 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('fetch' as const),
      method: fc.constantFrom('GET', 'GET', 'POST'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('execute' as const), idempotent: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('connect' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('hang-up' as const),
      which,
      how: fc.constantFrom<('close' | 'break')[]>('close', 'break'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pick' as const), avoid: fc.nat(2) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('give-back' as const),
      which,
      how: fc.constantFrom('succeed', 'fail', 'fail', 'release'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('behave' as const), id: fc.constantFrom(...ids), deed }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('answer' as const), which, deed }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('fall-ill' as const),
      id: fc.constantFrom(...ids),
      health: fc.constantFrom<Health[]>('well', 'ill', 'ill', 'silent'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('list' as const), entries: fc.oneof(listOf(0), listOf(3)) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(0, 0, 30, 200, 1_100, 1_100, 2_500, 5_000, 5_000, 70_000, 900_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('freeze' as const),
      ms: fc.constantFrom(500, 3_000, 30_000, 86_400_000),
    }),
  },
)

const setting: fc.Arbitrary<Setting> = fc.record({
  seed: fc.nat(),
  policy: fc.nat(8),
  scope: fc.constantFrom<Setting['scope'][]>('endpoint', 'service', false),
  outlier: fc.constantFrom<Setting['outlier'][]>('strict', 'by peers', false),
  limits: fc.constantFrom<Setting['limits'][]>('none', 'none', 'endpoint', 'total', 'both', 'adaptive'),
  queue: fc.constantFrom<Setting['queue'][]>('fifo', 'lifo', 'adaptive', false),
  throttle: fc.constantFrom(false, false, true),
  checks: fc.constantFrom<Setting['checks'][]>('none', 'beside', 'before traffic'),
  panicThreshold: fc.constantFrom(0, 0.5, 1),
  attempts: fc.constantFrom(1, 3),
  minPerSecond: fc.constantFrom(0, 10),
  hedge: fc.constantFrom<HedgeOptions | false>(
    false,
    false,
    { delay: 20 },
    { delay: 0, max: 3 },
    { delay: 'p50' },
  ),
})

export interface Story {
  readonly setting: Setting
  readonly first: readonly Entry[]
  /** What each endpoint does at first. */
  readonly deeds: readonly Deed[]
  readonly commands: readonly Command[]
}

/** A few endpoints at first, and then anything in any order. */
export const story: fc.Arbitrary<Story> = fc.record({
  setting,
  first: listOf(2),
  deeds: fc.tuple(...ids.map(() => deed)),
  commands: fc.array(command, { maxLength: 80, size: 'max' }),
})
