import type { LiveEndpoint } from '../core/endpoint.js'
import { backupDelay } from '../resilience/hedge-options.js'
import { Attempt } from './attempt.js'
import type { Engine } from './engine.js'

/**
 * An endpoint was found to be dead: calls that wait for it for longer than calls usually take are sent to
 * another one as well, where that does no harm. They would have been in for their timeout.
 */
export function rescue({ deadlines, latencies }: Engine, endpoint: LiveEndpoint, now: number): void {
  const usual = backupDelay(latencies, Number.POSITIVE_INFINITY, now)
  deadlines.each((entry) => {
    if (!(entry instanceof Attempt) || entry.endpoint !== endpoint) return
    entry.hurry(entry.startedAt + usual - now)
  })
}
