import type { Socket } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import type { Balancer } from '../../client/balancer.js'
import { checkSignal } from '../../client/option-checks.js'
import { dial } from './dial.js'
import { checkBalancer, checkSocketOptions, SOCKET_KEYS, type SocketOptions } from './socket-options.js'

/** Options of {@link connect}. */
export interface ConnectOptions extends SocketOptions {
  /** Gives connecting up; a socket that is connected it leaves alone. */
  readonly signal?: AbortSignal
}

/**
 * A connected socket to one of the balancer's endpoints, whatever their scheme: to another one if that refuses or does
 * not answer, within the balancer's `timeout`, `retry` and `hedge`.
 *
 * ```ts
 * const endpoints = ['redis://10.0.0.1:6379', 'redis://10.0.0.2:6379']
 * const caches = createBalancer({ endpoints, policy: leastRequest() })
 * const socket = await connect(caches)
 * ```
 *
 * It counts as in flight until it is closed, so `leastRequest()` compares open sockets and `concurrency.maxPerEndpoint`
 * limits them. Latency is the time to connect, with TLS. What becomes of it later says nothing of its endpoint, unless
 * a server that has not said anything breaks it off or closes it within its first second: that is a failure.
 *
 * It is an ordinary socket: listen to its errors. It outlives its balancer, and stays open when its endpoint is ejected,
 * or leaves the list; see `closeUnhealthy` and `drainTimeout`.
 *
 * A name with several addresses is connected to as Node does it (`autoSelectFamily`, RFC 8305).
 *
 * @throws BalancerError as `execute`; `ERR_INVALID_CONFIG`
 */
export function connect(
  balancer: Balancer,
  options: ConnectOptions & { readonly tls: true | ConnectionOptions },
): Promise<TLSSocket>
export function connect(balancer: Balancer, options?: ConnectOptions): Promise<Socket>
export async function connect(balancer: Balancer, options: ConnectOptions = {}): Promise<Socket> {
  const settings = checkSocketOptions(options, 'connect', [...SOCKET_KEYS, 'signal'])
  const signal = checkSignal(options.signal, 'connect.signal')
  return dial(checkBalancer(balancer, 'connect'), { ...settings, who: 'connect', signal })
}
