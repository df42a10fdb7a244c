import { connect, isIP, type Socket, type SocketConstructorOpts, type TcpNetConnectOpts } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, connect as connectTls } from 'node:tls'
import { invalidConfig } from '../core/errors.js'
import type { SocketAddress } from './socket-address.js'

/** What of the options of Node's `net.connect` does not say where to connect to. */
export type TcpOptions = Partial<
  Pick<TcpNetConnectOpts & SocketConstructorOpts, (typeof TCP_OPTIONS)[number]>
>

export const TCP_OPTIONS = [
  'noDelay',
  'keepAlive',
  'keepAliveInitialDelay',
  'timeout',
  'allowHalfOpen',
  'localAddress',
  'localPort',
  'family',
  'hints',
  'lookup',
  'autoSelectFamily',
  'autoSelectFamilyAttemptTimeout',
] as const

/** Begins to connect; with options of TLS, that too, to a server that is called by the `name`. */
export function openSocket(
  address: SocketAddress,
  name: string,
  tls: ConnectionOptions | undefined,
  tcp: TcpOptions = {},
): Socket {
  return tls === undefined
    ? connect({ ...tcp, ...address })
    : connectTls({ ...tcp, ...tlsOptions(name, tls), ...address })
}

/** Begins TLS on a socket that is connected, to a server that is called by the `name`. */
export function openTls(socket: Socket, name: string, tls: ConnectionOptions): Socket {
  return connectTls({ ...tlsOptions(name, tls), socket })
}

/** What is `undefined` was not given: Node would take an address for the name that is to be in the certificate. */
function tlsOptions(name: string, tls: ConnectionOptions): ConnectionOptions {
  const given = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined))
  return { ...serverNameOf(name, given), ...given }
}

/**
 * Node asks for a certificate by name only if it is told the name. Addresses may not be sent as one, and are only
 * compared with the certificate; Node would take the address that is dialled.
 */
function serverNameOf(name: string, { servername }: ConnectionOptions): ConnectionOptions {
  if (name === '' || servername !== undefined) return {}
  return isIP(name) === 0
    ? { servername: name }
    : { checkServerIdentity: (_dialled, certificate) => checkServerIdentity(name, certificate) }
}

export function checkTls<T extends object>(
  given: T | boolean | undefined,
  path: string,
): T | boolean | undefined {
  if (given === undefined || typeof given === 'boolean') return given
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given
  throw invalidConfig(path, given, 'true, false, or an object with options of TLS')
}

/** What went wrong with a connection: of a name with several addresses Node tells it one by one. */
export function connectionError(error: unknown): unknown {
  if (!(error instanceof AggregateError)) return error
  const reasons = error.errors.map((each) => (each instanceof Error ? each.message : String(each)))
  return new Error(reasons.join('; '), { cause: error })
}
