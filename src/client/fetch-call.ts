import type { LiveEndpoint } from '../core/endpoint.js'
import { BalancerError } from '../core/errors.js'
import type { RetrySettings } from '../resilience/retry-options.js'
import { BROKEN, classifyError } from '../transport/classify-error.js'
import type { RequestTemplate } from '../transport/request-template.js'
import type { BodyTracker } from '../transport/track-body.js'
import type { ErrorVerdict, Transport } from '../transport/transport.js'
import type { Call, ResultVerdict, TimeoutSettings } from './call.js'
import type { HashKey } from './hash-key.js'
import { classifyResponse, discardResponse } from './response.js'
import { ANYWHERE, type Route } from './route.js'

/** What all `fetch` calls of a balancer share, but for what one of them asks for. */
export interface FetchSettings {
  readonly transport: Transport
  readonly timeout: TimeoutSettings
  readonly retry: RetrySettings
  readonly idempotent: boolean | undefined
  /** Tells when bodies have ended; `undefined`: an attempt ends with the headers. */
  readonly bodies: BodyTracker | undefined
  /** What the call is told by. */
  readonly key: string | undefined
  readonly hashKey: HashKey | undefined
  /** Does the policy want to know what responses say of the load? */
  readonly usesLoadReports: boolean
}

const IGNORED: ErrorVerdict = { kind: 'ignored', progress: 'sent' }

/** A call by `fetch`. */
export class FetchCall implements Call<Response> {
  readonly signal: AbortSignal | undefined
  readonly timeout: TimeoutSettings
  readonly retry: RetrySettings
  readonly idempotent: boolean
  readonly route: Route
  readonly #template: RequestTemplate
  readonly #settings: FetchSettings

  constructor(template: RequestTemplate, settings: FetchSettings) {
    this.#template = template
    this.#settings = settings
    this.signal = template.signal
    this.timeout = settings.timeout
    this.retry = settings.retry
    this.idempotent =
      settings.idempotent ??
      (settings.retry.methods.has(template.method) || template.hasHeader('idempotency-key'))
    const key = settings.key ?? settings.hashKey?.(template)
    this.route = key === undefined ? ANYWHERE : { key }
  }

  get what(): string {
    return `${this.#template.method} ${this.#template.path}`
  }

  get replayable(): boolean {
    return this.#template.body.replayable
  }

  send(endpoint: LiveEndpoint, attempt: AbortSignal): Promise<Response> {
    const { scheme } = endpoint
    if (scheme !== 'http' && scheme !== 'https') throw notFetchable(endpoint)
    // The caller's signal goes along, since it also ends the body, after the attempt is over.
    const signal = this.signal === undefined ? attempt : AbortSignal.any([this.signal, attempt])
    const ready = this.#template.body.prepare()
    if (ready === undefined) return this.#dispatch(endpoint, signal)
    return ready.then(() => {
      signal.throwIfAborted()
      return this.#dispatch(endpoint, signal)
    })
  }

  #dispatch(endpoint: LiveEndpoint, signal: AbortSignal): Promise<Response> {
    const template = this.#template
    return this.#settings.transport.send(endpoint, template.urlFor(endpoint), template.initFor(signal))
  }

  classifyResult(response: Response, now: number): ResultVerdict {
    return classifyResponse(response, now, this.retry, this.#settings.usesLoadReports)
  }

  classifyError(error: unknown): ErrorVerdict {
    if (this.#template.body.failed) return IGNORED
    const verdict = this.#settings.transport.classify?.(error) ?? classifyError(error)
    if (verdict !== undefined) return verdict
    if (error instanceof BalancerError && error.code === 'ERR_INVALID_CONFIG') return IGNORED
    if (error instanceof TypeError && this.#template.isRefused()) return IGNORED
    return BROKEN
  }

  discard(response: Response): void {
    discardResponse(response)
  }

  get tracked(): boolean {
    return this.#settings.bodies !== undefined
  }

  track(response: Response, end: (error: unknown) => void): Response {
    return this.#settings.bodies?.track(response, end) ?? response
  }

  dispose(reason: unknown): void {
    this.#template.body.dispose(reason)
  }
}

function notFetchable({ url }: LiveEndpoint): BalancerError {
  return new BalancerError(
    'ERR_INVALID_CONFIG',
    `fetch needs http or https endpoints, and ${url} is neither; use execute() or pick() for other protocols.`,
  )
}
