import { isIP, type Socket } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import type { buildConnector } from 'undici'
import { addressText, socketPath } from '../../core/address.js'
import type { Endpoint } from '../../core/endpoint.js'
import type { Undici } from './load-undici.js'
import type { TransportSettings } from './transport-options.js'

/** What undici's clients get their connections from. */
export type Connect = buildConnector.connector

/** Connects to where an origin is. TLS sessions are taken up again there, and nowhere else. */
export function connector(
  { buildConnector, errors }: Undici,
  { tls, http2, connectTimeout }: TransportSettings,
  path?: string,
): Connect {
  const dial = buildConnector({
    ...tls,
    allowH2: http2,
    // Undici's own may be late by a second.
    timeout: 0,
    ...(path !== undefined && { socketPath: path }),
  }) as (...given: Parameters<Connect>) => Socket
  return (given, callback) => {
    const timer = setTimeout(() => {
      const where = path ?? addressText(given.hostname, Number(given.port))
      socket.destroy(new errors.ConnectTimeoutError(`No connection to ${where} within ${connectTimeout} ms`))
    }, connectTimeout).unref()
    const socket = dial(given, (...result) => {
      clearTimeout(timer)
      callback(...result)
    })
  }
}

/** There is no name in the handshake for an IP address, and Node would check the certificate against what is dialled. */
function checkedAs(hostname: string, settings: TransportSettings): TransportSettings {
  const { servername, checkServerIdentity: check = checkServerIdentity } = settings.tls
  if (servername !== undefined) return settings
  return { ...settings, tls: { ...settings.tls, checkServerIdentity: (_, cert) => check(hostname, cert) } }
}

/** Connects to where an endpoint is dialled, whatever its URL calls it; other ports of its host are at the same address. */
export function connectorOf(
  { url, hostname, address, port }: Endpoint,
  undici: Undici,
  settings: TransportSettings,
): Connect {
  if (address === undefined) return connector(undici, settings)
  const path = socketPath(address)
  if (path !== undefined) return connector(undici, settings, path)
  const dial = connector(undici, isIP(hostname) === 0 ? settings : checkedAs(hostname, settings))
  const named = new URL(url).port
  return (given, callback) => {
    if (given.hostname !== hostname) return dial(given, callback)
    dial({ ...given, hostname: address, port: given.port === named ? String(port) : given.port }, callback)
  }
}
