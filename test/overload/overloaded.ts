import { type BalancerOptions, type CallPriority, createBalancer } from 'evenkeel'
import { seededRandom, virtualClock } from 'evenkeel/testing'

/** Calls that came, that were answered in time, and that were refused; each a second. */
export interface Rates {
  readonly offered: number
  readonly good: number
  readonly refused: number
}

export interface Overload {
  /** Calls the server works on at a time, and how long one takes: 10 x 50 ms are 200 calls a second. */
  readonly slots: number
  readonly service: number
  /** Calls a second, and how long their callers have patience. */
  readonly rate: number
  readonly patience: number
  readonly seconds: number
}

/**
 * One server that works on what came first, also on what nobody waits for any more: it does not hear of that. What
 * is told begins after a fifth of the time.
 */
export async function overload(
  { slots, service, rate, patience, seconds }: Overload,
  options: Partial<BalancerOptions>,
  priorities: readonly CallPriority[] = ['default'],
): Promise<Record<CallPriority, Rates>> {
  const clock = virtualClock()
  const random = seededRandom(11)
  const exponential = () => -Math.log(1 - random())
  let busy = 0
  const waiting: (() => void)[] = []
  const work = (done: () => void) => {
    busy++
    clock.setTimer(
      () => {
        busy--
        done()
        waiting.shift()?.()
      },
      service * (0.8 + 0.4 * random()),
    )
  }
  const balancer = createBalancer({
    endpoints: ['x://a'],
    clock,
    random,
    retry: false,
    circuitBreaker: false,
    outlierDetection: false,
    timeout: { attempt: patience, total: patience },
    ...options,
  })
  const counts = Object.fromEntries(
    ['critical', 'default', 'sheddable'].map((name) => [name, { offered: 0, good: 0, refused: 0 }]),
  ) as Record<CallPriority, { offered: number; good: number; refused: number }>
  const start = clock.now()
  const counted = () => clock.now() - start > seconds * 200
  let calls = 0
  const arrive = () => {
    clock.setTimer(arrive, (exponential() * 1_000) / rate)
    const priority = priorities[calls++ % priorities.length]!
    const count = counted() ? counts[priority] : { offered: 0, good: 0, refused: 0 }
    count.offered++
    balancer
      .execute(
        () =>
          new Promise<void>((done) => {
            if (busy < slots) work(done)
            else waiting.push(() => work(done))
          }),
        { priority },
      )
      .then(
        () => count.good++,
        (error) => {
          if (['ERR_CONCURRENCY_LIMIT', 'ERR_THROTTLED'].includes(error.code)) count.refused++
        },
      )
  }
  arrive()
  await clock.advance(seconds * 1_000)
  const perSecond = (n: number) => n / (seconds * 0.8)
  return Object.fromEntries(
    Object.entries(counts).map(([name, { offered, good, refused }]) => [
      name,
      { offered: perSecond(offered), good: perSecond(good), refused: perSecond(refused) },
    ]),
  ) as Record<CallPriority, Rates>
}
