import { isIP, type Socket } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import type { buildConnector } from 'undici'
import { addressText, socketPath } from '../../core/address.js'
import type { Endpoint } from '../../core/endpoint.js'
import type { Undici } from './load-undici.js'
import type { TransportSettings, TransportTlsOptions } from './transport-options.js'

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
    // It throws for certificates that cannot be read, and calls back later for all else.
    const socket = dial(given, (...result) => {
      clearTimeout(timer)
      callback(...result)
    })
    const timer = setTimeout(() => {
      const where = path ?? addressText(given.hostname, Number(given.port))
      socket.destroy(new errors.ConnectTimeoutError(`No connection to ${where} within ${connectTimeout} ms`))
    }, connectTimeout).unref()
  }
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
  const dial = connector(undici, { ...settings, tls: verifying(settings.tls, hostname) })
  const named = new URL(url)
  return (given, callback) => {
    if (given.hostname !== hostname) return dial(given, callback)
    const isNamed = given.port === named.port && given.protocol === named.protocol
    dial({ ...given, hostname: address, port: isNamed ? String(port) : given.port }, callback)
  }
}

/** What of TLS is for everybody: another host has another name, and is not shown who asks. */
export function tlsElsewhere(given: TransportTlsOptions): TransportTlsOptions {
  const {
    servername: _servername,
    cert: _cert,
    key: _key,
    pfx: _pfx,
    passphrase: _passphrase,
    clientCertEngine: _certEngine,
    privateKeyEngine: _keyEngine,
    privateKeyIdentifier: _keyIdentifier,
    ...rest
  } = given
  return rest
}

/** IP addresses are not named to TLS, so that Node would have the certificate be for the one that it dials. */
function verifying(tls: TransportTlsOptions, hostname: string): TransportTlsOptions {
  if (isIP(hostname) === 0 || tls.servername !== undefined) return tls
  const check = tls.checkServerIdentity ?? checkServerIdentity
  return { ...tls, checkServerIdentity: (_dialled, certificate) => check(hostname, certificate) }
}
