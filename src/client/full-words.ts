import type { QueueSettings } from '../overload/concurrency-options.js'
import type { Refusal } from './rejection.js'

/** What a refused call is told of how things are. */
export interface Fullness {
  readonly inFlight: number
  readonly maxTotal: number
  /** How many may be in flight for a sheddable call to begin; undefined for others. */
  readonly sheddable: number | undefined
  readonly queue: QueueSettings | undefined
  readonly queued: number
}

/** Why there was no room, and why it could not be waited for. */
export function whyRefused(reason: Refusal['reason'], fullness: Fullness, waited: number): string {
  return `${whyFull(fullness)}, and ${whyNot(reason, fullness, Math.round(waited))}`
}

function whyFull({ inFlight, maxTotal, sheddable }: Fullness): string {
  if (inFlight >= maxTotal) return `${inFlight} attempts are in flight, and ${maxTotal} may be`
  if (sheddable !== undefined && inFlight >= sheddable)
    return `${inFlight} attempts are in flight, and a sheddable call begins below ${sheddable}`
  return `every endpoint that could be picked is full (${inFlight} attempts are in flight)`
}

function whyNot(reason: Refusal['reason'], { queue, queued }: Fullness, waited: number): string {
  switch (reason) {
    case 'timeout':
      return `it has waited for ${waited} ms (\`concurrency.queue.timeout\` is ${queue?.timeout})`
    case 'deadline':
      return `its total timeout is over after ${waited} ms of waiting`
    case 'displaced':
      return `another call took its place in the queue after ${waited} ms of waiting`
    default:
      return queue === undefined
        ? 'there is no `concurrency.queue` to wait in'
        : `${queued} of at most ${queue.size} calls wait already`
  }
}
