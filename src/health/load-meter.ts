import type { LiveEndpoint } from '../core/endpoint.js'
import type { Outcome } from '../core/outcome.js'

/** Measures the load of a balancer's endpoints, at O(1) a call. */
export interface LoadMeter {
  /** An attempt begins. */
  begin(endpoint: LiveEndpoint, now: number): void
  /** An attempt that began at `startedAt` has ended. */
  end(endpoint: LiveEndpoint, outcome: Outcome, startedAt: number, now: number): void
  /** Endpoints have come, gone, failed or returned, or it is time to look again. */
  look(endpoints: Iterable<LiveEndpoint>, now: number): void
  /** When to look again although nothing has changed. */
  readonly due: number
  /** The peak, in the measure's own unit; `undefined` while there is none to go by. */
  peak(now: number): number | undefined
}
