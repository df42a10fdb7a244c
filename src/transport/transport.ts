import type { Endpoint } from '../core/endpoint.js'
import type { OutcomeKind, Progress } from '../core/outcome.js'

/** What an error of an attempt means. */
export interface ErrorVerdict {
  readonly kind: OutcomeKind
  readonly progress: Progress
}

/** Sends one attempt to one endpoint. */
export interface Transport {
  /**
   * Sends the request and resolves with the response once its headers are there.
   * `init.signal` ends the attempt, and later the body. It must not retry by itself.
   */
  send(endpoint: Endpoint, url: string, init: RequestInit): Promise<Response>
  /**
   * What an error that `send` threw means; `undefined` for "judge by its code". Only say `unsent`
   * where it is certain: such requests are sent again whatever their method.
   */
  classify?(error: unknown): ErrorVerdict | undefined
  /** Called by the balancer's `close`. */
  close?(): Promise<void>
}
