import type { LiveEndpoint } from '../core/endpoint.js'
import type { RetrySettings } from '../resilience/retry-options.js'
import { discardResponse } from '../runtime/discard-response.js'
import type { RequestTemplate } from '../transport/request-template.js'
import type { ErrorVerdict, Transport } from '../transport/transport.js'
import type { ResultVerdict, Sendable } from './call.js'
import { classifyResponse } from './response.js'
import { assertFetchable, classifySending } from './sending.js'

/** What a copy is made of. */
export interface CopySettings {
  readonly template: RequestTemplate
  readonly transport: Transport
  readonly retry: RetrySettings
  /** The header that tells it from the call. */
  readonly header: string | undefined
  /** Does the policy want to know what responses say of the load? */
  readonly usesLoadReports: boolean
}

/** A copy of a call by `fetch`: one attempt, and nobody who waits for what comes of it. */
export class MirrorCall implements Sendable<Response> {
  readonly tracked = false
  readonly lasting = false
  readonly signal: AbortSignal
  readonly #settings: CopySettings

  constructor(settings: CopySettings, signal: AbortSignal) {
    this.#settings = settings
    this.signal = signal
  }

  send(endpoint: LiveEndpoint, signal: AbortSignal): Promise<Response> {
    assertFetchable(endpoint)
    const { template, transport, header } = this.#settings
    const init = header === undefined ? template.initFor(signal) : template.markedFor(signal, header, '1')
    return transport.send(endpoint, template.urlFor(endpoint), init)
  }

  classifyResult(response: Response, now: number): ResultVerdict {
    return classifyResponse(response, now, this.#settings.retry, this.#settings.usesLoadReports)
  }

  classifyError(error: unknown, endpoint: LiveEndpoint): ErrorVerdict {
    return classifySending(error, endpoint, this.#settings.template, this.#settings.transport)
  }

  discard(response: Response): void {
    discardResponse(response)
  }

  track(response: Response): Response {
    return response
  }
}
