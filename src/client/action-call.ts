import type { Endpoint, LiveEndpoint } from '../core/endpoint.js'
import { checkLoadReport, type LoadReport } from '../core/load-report.js'
import type { OutcomeKind } from '../core/outcome.js'
import { reportUncaught } from '../core/uncaught.js'
import { checkKind } from '../core/validate.js'
import type { HedgeSettings } from '../resilience/hedge-options.js'
import type { RetrySettings } from '../resilience/retry-options.js'
import { discardResponse } from '../runtime/discard-response.js'
import { classifyError } from '../transport/classify-error.js'
import type { ErrorVerdict } from '../transport/transport.js'
import type { Call, ResultVerdict } from './call.js'
import { classifyResponse } from './response.js'
import type { Route } from './route.js'
import type { TimeoutSettings } from './time-limit.js'

/** What an action of `execute` is given. */
export interface AttemptInfo {
  /** Where to go. */
  readonly endpoint: Endpoint
  /** Ends when the attempt is given up: pass it on. */
  readonly signal: AbortSignal
  /** 1 for the first attempt. */
  readonly number: number
}

/** A function of any protocol. */
export type Action<T> = (attempt: AttemptInfo) => T | PromiseLike<T>

/** Says what an error of an action means; `undefined` for "judge by its code". */
export type Classify = (error: unknown) => OutcomeKind | undefined

/** Says what a result tells of its server's load, if anything. */
export type LoadOf<T> = (result: T) => LoadReport | undefined

/** Says when a result that lasts is no longer in use. */
export type CompletionOf<T> = (result: T) => PromiseLike<unknown>

/** What one `execute` is done with, beside its route. */
export interface ActionSettings<T> {
  readonly signal: AbortSignal | undefined
  readonly timeout: TimeoutSettings
  readonly retry: RetrySettings
  readonly hedge: HedgeSettings | undefined
  readonly idempotent: boolean
  readonly classify: Classify | undefined
  readonly loadOf: LoadOf<T> | undefined
  readonly completion: CompletionOf<T> | undefined
  readonly discard: ((result: T) => void) | undefined
  readonly usesLoadReports: boolean
}

const SUCCESS: ResultVerdict = {
  kind: 'success',
  status: undefined,
  retryAfter: undefined,
  load: undefined,
  again: false,
  final: false,
}

/** A call by `execute`. */
export class ActionCall<T> implements Call<T> {
  readonly what = 'execute'
  readonly replayable = true
  readonly shareable = true
  readonly tracked: boolean
  readonly lasting = true
  readonly signal: AbortSignal | undefined
  readonly timeout: TimeoutSettings
  readonly retry: RetrySettings
  readonly hedge: HedgeSettings | undefined
  readonly idempotent: boolean
  readonly route: Route
  readonly #action: Action<T>
  readonly #settings: ActionSettings<T>

  constructor(action: Action<T>, settings: ActionSettings<T>, route: Route) {
    this.#action = action
    this.#settings = settings
    this.tracked = settings.completion !== undefined
    this.signal = settings.signal
    this.timeout = settings.timeout
    this.retry = settings.retry
    this.hedge = settings.hedge
    this.idempotent = settings.idempotent
    this.route = route
  }

  send(endpoint: LiveEndpoint, signal: AbortSignal, number: number): T | PromiseLike<T> {
    const action = this.#action
    return action({ endpoint, signal, number })
  }

  /** A `Response` is judged by its status, as `fetch` would; anything else is a success. */
  classifyResult(result: T, now: number): ResultVerdict {
    const { loadOf, usesLoadReports } = this.#settings
    if (isResponse(result)) return classifyResponse(result, now, this.retry, usesLoadReports)
    if (loadOf === undefined || !usesLoadReports) return SUCCESS
    return { ...SUCCESS, load: this.#load(result, loadOf) }
  }

  /** A mistake there must not spoil a call that went well. */
  #load(result: T, loadOf: LoadOf<T>): LoadReport | undefined {
    try {
      return checkLoadReport(loadOf(result))
    } catch (error) {
      reportUncaught(error)
      return undefined
    }
  }

  classifyError(error: unknown): ErrorVerdict {
    const kind = checkKind(this.#settings.classify?.(error), 'execute.classify')
    if (kind !== undefined) return { kind, progress: kind === 'unreachable' ? 'unsent' : 'sent' }
    return classifyError(error) ?? { kind: 'server-error', progress: 'sent' }
  }

  discard(result: T): void {
    const { discard } = this.#settings
    if (discard === undefined) {
      if (isResponse(result)) discardResponse(result)
      return
    }
    try {
      discard(result)
    } catch (error) {
      reportUncaught(error)
    }
  }

  track(result: T, end: (error: unknown) => void): T {
    this.#settings.completion?.(result).then(
      () => end(undefined),
      (error) => end(error ?? new Error('Its completion was rejected')),
    )
    return result
  }

  dispose(): void {}
}

function isResponse(value: unknown): value is Response {
  return typeof Response === 'function' && value instanceof Response
}
