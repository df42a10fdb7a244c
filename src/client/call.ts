import type { LiveEndpoint } from '../core/endpoint.js'
import type { LoadReport } from '../core/load-report.js'
import type { OutcomeKind, Timing } from '../core/outcome.js'
import type { HedgeSettings } from '../resilience/hedge-options.js'
import type { RetrySettings } from '../resilience/retry-options.js'
import type { ErrorVerdict } from '../transport/transport.js'
import type { Route } from './route.js'
import type { TimeoutSettings } from './time-limit.js'

/** What an answer means. */
export interface ResultVerdict {
  readonly kind: OutcomeKind
  readonly status: number | undefined
  readonly retryAfter: number | undefined
  readonly load: LoadReport | undefined
  /** A status that is to be tried again, although it says nothing against the endpoint (408). */
  readonly again: boolean
  /** The server said that the call must not be tried again. */
  readonly final: boolean
  readonly timing?: Timing | undefined
}

/** What one attempt needs of its call. */
export interface Sendable<T> {
  readonly signal: AbortSignal | undefined
  /** Makes one attempt; its end is the attempt's end. */
  send(endpoint: LiveEndpoint, signal: AbortSignal, number: number): T | PromiseLike<T>
  classifyResult(result: T, now: number): ResultVerdict
  /** What an error means; `ignored` for the caller's own, which goes back to the caller as it is. */
  classifyError(error: unknown, endpoint: LiveEndpoint): ErrorVerdict
  /** Does what was sent with this signal still wait for a connection? */
  isWaiting?(attempt: AbortSignal): boolean
  /** Lets go of a result that nobody gets. */
  discard(result: T): void
  /** Is an attempt only over when its result has been used to the end? */
  readonly tracked: boolean
  /** Is that a result which is used for as long as one likes, so that to have it is an answer? */
  readonly lasting: boolean
  /** The result as the caller gets it; `end` is called once when it is used up, or breaks off. */
  track(result: T, end: (error: unknown) => void): T
}

/** One call, whatever its protocol: what differs between `fetch` and `execute`. */
export interface Call<T> extends Sendable<T> {
  /** For messages, `GET /v1/me`. */
  readonly what: string
  /** May it be sent twice without harm? */
  readonly idempotent: boolean
  /** Can it be sent (again) now? */
  readonly replayable: boolean
  /** Can it be sent to several at the same time? */
  readonly shareable: boolean
  readonly timeout: TimeoutSettings
  readonly retry: RetrySettings
  readonly hedge: HedgeSettings | undefined
  readonly route: Route
  /** The call has failed for good. */
  dispose(reason: unknown): void
}
