import type { LiveEndpoint } from '../core/endpoint.js'
import type { Rank } from '../overload/call-priority.js'
import type { HedgeSettings } from '../resilience/hedge-options.js'
import type { RetrySettings } from '../resilience/retry-options.js'
import type { Router } from '../routing/router.js'
import type { Target } from '../routing/target.js'
import { discardResponse } from '../runtime/discard-response.js'
import type { RequestTemplate } from '../transport/request-template.js'
import type { HashKey } from '../transport/request-view.js'
import type { BodyTracker } from '../transport/track-body.js'
import type { ErrorVerdict, Transport } from '../transport/transport.js'
import type { Call, ResultVerdict } from './call.js'
import type { Mirrors } from './mirrors.js'
import { classifyResponse } from './response.js'
import { type Route, routeTo } from './route.js'
import { assertFetchable, classifySending } from './sending.js'
import type { TimeoutSettings } from './time-limit.js'

/** What all `fetch` calls of a balancer share, but for what one of them asks for. */
export interface FetchSettings {
  readonly transport: Transport
  readonly timeout: TimeoutSettings
  readonly retry: RetrySettings
  readonly hedge: HedgeSettings | undefined
  /** Which attempt of its own caller's request the call is made for. */
  readonly inbound: number
  readonly idempotent: boolean | undefined
  /** Tells when bodies have ended; `undefined`: an attempt ends with the headers. */
  readonly bodies: BodyTracker | undefined
  /** What the call is told by. */
  readonly key: string | undefined
  readonly hashKey: HashKey | undefined
  /** Where the call asked to go. */
  readonly target: Target | undefined
  /** The rules that decide else; `undefined` when there are none. */
  readonly router: Router | undefined
  readonly mirrors: Mirrors
  /** How much the call matters. */
  readonly rank: Rank
  /** Does the policy want to know what responses say of the load? */
  readonly usesLoadReports: boolean
}

/** A call by `fetch`. */
export class FetchCall implements Call<Response> {
  readonly lasting = false
  readonly signal: AbortSignal | undefined
  readonly timeout: TimeoutSettings
  readonly retry: RetrySettings
  readonly hedge: HedgeSettings | undefined
  readonly idempotent: boolean
  readonly route: Route
  readonly #template: RequestTemplate
  readonly #settings: FetchSettings
  /** What was sent with those of attempts, where that is not the same. */
  #signals: WeakMap<AbortSignal, AbortSignal> | undefined
  #copied = false

  constructor(template: RequestTemplate, settings: FetchSettings) {
    this.#template = template
    this.#settings = settings
    this.signal = template.signal
    this.timeout = settings.timeout
    this.retry = settings.retry
    this.hedge = settings.hedge
    this.idempotent =
      settings.idempotent ??
      (settings.retry.methods.has(template.method) || template.hasHeader('idempotency-key'))
    const key = settings.key ?? settings.hashKey?.(template)
    this.route = routeTo(settings.target ?? settings.router?.choose(template, key), key, settings.rank)
  }

  get what(): string {
    return `${this.#template.method} ${this.#template.path}`
  }

  get replayable(): boolean {
    return this.#template.body.replayable
  }

  get shareable(): boolean {
    return this.#template.body.shareable
  }

  send(endpoint: LiveEndpoint, attempt: AbortSignal, number: number): Promise<Response> {
    assertFetchable(endpoint)
    // The caller's signal goes along, since it also ends the body, after the attempt is over.
    let signal = attempt
    if (this.signal !== undefined) {
      signal = AbortSignal.any([this.signal, attempt])
      this.#signals ??= new WeakMap()
      this.#signals.set(attempt, signal)
    }
    const ready = this.#template.body.prepare()
    if (ready === undefined) return this.#dispatch(endpoint, signal, number)
    return ready.then(() => {
      signal.throwIfAborted()
      return this.#dispatch(endpoint, signal, number)
    })
  }

  #dispatch(endpoint: LiveEndpoint, signal: AbortSignal, number: number): Promise<Response> {
    const template = this.#template
    const { transport, mirrors, inbound, retry } = this.#settings
    const told = number + inbound - 1
    const mark = told > 1 ? retry.attemptHeader : undefined
    const init = mark === undefined ? template.initFor(signal) : template.markedFor(signal, mark, `${told}`)
    const response = transport.send(endpoint, template.urlFor(endpoint), init)
    const mirror = this.route.target?.mirror
    if (mirror === undefined || this.#copied) return response
    this.#copied = true
    mirrors.offer(mirror, template, transport, this.route.key)
    return response
  }

  classifyResult(response: Response, now: number): ResultVerdict {
    const { usesLoadReports, transport } = this.#settings
    return classifyResponse(response, now, this.retry, usesLoadReports, transport.timing?.(response))
  }

  classifyError(error: unknown, endpoint: LiveEndpoint): ErrorVerdict {
    return classifySending(error, endpoint, this.#template, this.#settings.transport)
  }

  isWaiting(attempt: AbortSignal): boolean {
    return this.#settings.transport.isWaiting?.(this.#signals?.get(attempt) ?? attempt) === true
  }

  discard(response: Response): void {
    discardResponse(response)
  }

  get tracked(): boolean {
    return this.#settings.bodies !== undefined
  }

  track(response: Response, end: (error: unknown) => void): Response {
    const { bodies, transport } = this.#settings
    if (transport.track !== undefined) return transport.track(response, end)
    return bodies?.track(response, end) ?? response
  }

  dispose(reason: unknown): void {
    this.#template.body.dispose(reason)
  }
}
