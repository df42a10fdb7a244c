import type { QueueOrder } from '../overload/concurrency-options.js'
import type { WaitQueue } from '../overload/wait-queue.js'

/** With `concurrency`: how many attempts are in flight, how many may be, and who waits. */
export interface ConcurrencySnapshot {
  /** Attempts in flight, at all endpoints. */
  readonly inFlight: number
  /** How many may be: `maxTotal`, or the limits of all endpoints that are well, whichever is less. */
  readonly limit?: number
  readonly queue?: {
    readonly order: QueueOrder
    readonly size: number
    readonly queued: number
    /** For how long the one has waited, in ms, that has waited longest. */
    readonly oldest?: number
    /** With `order: 'adaptive'`: is the newest next, since the queue does not empty? */
    readonly pressed: boolean
  }
}

export function concurrencySnapshot(
  inFlight: number,
  limit: number,
  queue: WaitQueue | undefined,
  now: number,
): ConcurrencySnapshot {
  return {
    inFlight,
    ...(limit !== Number.POSITIVE_INFINITY && { limit }),
    ...(queue !== undefined && { queue: queueSnapshot(queue, now) }),
  }
}

function queueSnapshot(queue: WaitQueue, now: number): NonNullable<ConcurrencySnapshot['queue']> {
  const { order, size } = queue.settings
  const since = queue.oldestSince
  return {
    order,
    size,
    queued: queue.size,
    ...(since !== undefined && { oldest: now - since }),
    pressed: queue.isPressed(now),
  }
}
