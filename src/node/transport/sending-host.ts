import type { Dispatcher } from 'undici'
import type { Endpoint } from '../../core/endpoint.js'

/** Who has a request sent, and is told how it fared. */
export interface SendingHost {
  /** Who sends to an origin for an endpoint, or something else than HTTP to the endpoint itself. */
  dispatcherOf(endpoint: Endpoint, origin: string, upgrade: boolean): Dispatcher
  /** It waits for a connection, or does no more. */
  waits(signal: AbortSignal, waiting: boolean): void
  /** A request came to this error, and something of it may have been written, or certainly nothing. */
  failed(error: Error, unsent: boolean): void
}
