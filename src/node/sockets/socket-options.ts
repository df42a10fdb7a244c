import type { ConnectionOptions } from 'node:tls'
import type { Balancer, CallOptions } from '../../client/balancer.js'
import { invalidConfig } from '../../core/errors.js'
import { checkBoolean, checkDuration, checkObject, checkPort } from '../../core/validate.js'
import { checkTls, TCP_OPTIONS, type TcpOptions } from '../open-socket.js'

/** Options of all that opens balanced sockets; those of calls are about connecting. */
export interface SocketOptions extends Omit<CallOptions, 'idempotent' | 'attempt'> {
  /**
   * Speaks TLS: `true`, or options of Node's `tls.connect`. The certificate is verified unless they say
   * otherwise, and the endpoint's host name is the server's name, whatever address is dialled. Default `false`.
   */
  readonly tls?: boolean | ConnectionOptions
  /** Options of Node's `net.connect` beside those that say where to. */
  readonly tcp?: TcpOptions
  /** The port of endpoints whose URL has none. */
  readonly defaultPort?: number
  /**
   * Closes a socket when health checks find its endpoint unhealthy, so that its user connects to another one at
   * once; also when they find all of them unhealthy. Needs `healthCheck` on the balancer. As HAProxy's `on-marked-down
   * shutdown-sessions`. Default `false`: open sockets stay.
   */
  readonly closeUnhealthy?: boolean
  /**
   * Closes a socket so many ms after its endpoint has left the list, unless it has come back. Default: never; open
   * sockets stay for as long as both ends want.
   */
  readonly drainTimeout?: number
}

/** Checked and completed. */
export interface SocketSettings {
  readonly tls: ConnectionOptions | undefined
  readonly tcp: TcpOptions
  readonly defaultPort: number
  readonly closeUnhealthy: boolean
  /** `Infinity` for never. */
  readonly drainTimeout: number
  /** Of the call that connects. */
  readonly call: CallOptions
}

const KEYS = ['timeout', 'retry', 'hedge', 'hashKey', 'subset', 'priority']
export const SOCKET_KEYS = [...KEYS, 'tls', 'tcp', 'defaultPort', 'closeUnhealthy', 'drainTimeout']

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkSocketOptions(
  given: SocketOptions,
  who: string,
  known: readonly string[] = SOCKET_KEYS,
): SocketSettings {
  checkObject(given, who, known)
  const { tcp = {}, drainTimeout } = given
  checkObject(tcp, `${who}.tcp`, TCP_OPTIONS)
  const tls = checkTls(given.tls, `${who}.tls`)
  return {
    tls: tls === true ? {} : tls || undefined,
    tcp,
    defaultPort: checkPort(given.defaultPort, `${who}.defaultPort`) ?? 0,
    closeUnhealthy: checkBoolean(given.closeUnhealthy, `${who}.closeUnhealthy`) ?? false,
    drainTimeout:
      drainTimeout === undefined || drainTimeout === Number.POSITIVE_INFINITY
        ? Number.POSITIVE_INFINITY
        : checkDuration(drainTimeout, `${who}.drainTimeout`, 1),
    call: Object.fromEntries(Object.entries(given).filter(([key]) => KEYS.includes(key))),
  }
}

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkBalancer(given: Balancer, who: string): Balancer {
  if (typeof given?.execute === 'function') return given
  throw invalidConfig(`${who}.balancer`, given, 'a balancer, as createBalancer() makes it')
}
