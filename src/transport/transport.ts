import type { Endpoint } from '../core/endpoint.js'
import type { OutcomeKind, Progress, Timing } from '../core/outcome.js'

/** What an error of an attempt means. */
export interface ErrorVerdict {
  readonly kind: OutcomeKind
  readonly progress: Progress
}

/** What a transport can. What it does not name, it cannot. */
export interface TransportCapabilities {
  /** Connects to the `address` and `port` of an endpoint, and names it by its URL: in `Host`, and to TLS. */
  readonly dialAddress?: boolean
  /** Connects to sockets of Unix, `address: 'unix:/run/users.sock'`. */
  readonly unixSocket?: boolean
  /** Speaks HTTP/2 with servers that offer it. */
  readonly http2?: boolean
  /** Sends the body of a request while the caller is still writing it. */
  readonly streamingUpload?: boolean
}

/** Sends one attempt to one endpoint. */
export interface Transport {
  /** Configurations that need more are refused at construction. Default: nothing beyond `fetch`. */
  readonly capabilities?: TransportCapabilities
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
  /**
   * Calls `onEnd` once when the body of a response has ended: read to the end, cancelled, or, with the error,
   * broken off. Gives back the response that the caller gets. Without it the balancer wraps bodies itself.
   */
  track?(response: Response, onEnd: (error: unknown) => void): Response
  /**
   * Does the request that was sent with this signal still wait for a connection, so that certainly nothing of it was
   * written? Asked when an attempt's time is over, before the signal is aborted.
   */
  isWaiting?(signal: AbortSignal): boolean
  /** What is known of the times of a response; `undefined` where it is none of its own. */
  timing?(response: Response): Timing | undefined
  /**
   * Calls will come: connections may be opened ahead. Called at the first call and by `ready()`, which rejects if this
   * does, and for each endpoint that comes later.
   */
  warm?(endpoint: Endpoint): Promise<void> | undefined
  /** The endpoint has left the list, and its calls have ended: what is kept for it can go. */
  forget?(endpoint: Endpoint): void
  /** Called by the balancer's `close`. */
  close?(): Promise<void>
}
