import { connect, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { invalidConfig } from '../core/errors.js'
import type { SocketAddress } from './socket-address.js'

/** Begins to connect; with options of TLS, that too, to a server that is called by the `name`. */
export function openSocket(address: SocketAddress, name: string, tls: ConnectionOptions | undefined): Socket {
  return tls === undefined ? connect(address) : connectTls({ ...serverNameOf(name), ...tls, ...address })
}

/** Node asks for a certificate by name only if it is told the name; addresses may not be sent as one. */
function serverNameOf(name: string): ConnectionOptions {
  return name !== '' && isIP(name) === 0 ? { servername: name } : {}
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
