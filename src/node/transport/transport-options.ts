import type { ConnectionOptions, SecureContextOptions } from 'node:tls'
import { invalidConfig } from '../../core/errors.js'
import { checkBoolean, checkDuration, checkFraction, checkNumber, checkObject } from '../../core/validate.js'

/** What Node's `tls.connect` takes for certificates, and how the server's is verified. */
export type TransportTlsOptions = SecureContextOptions &
  Pick<ConnectionOptions, 'servername' | 'rejectUnauthorized' | 'checkServerIdentity'>

/** Options of {@link undiciTransport}; times in ms. */
export interface UndiciTransportOptions {
  /** For a connection, its TLS included; one that is not there by then was certainly not sent anything. Default 5 000, as Envoy. */
  readonly connectTimeout?: number
  /** An idle connection is closed after so long, or when the server says so. Default 4 000, less than Node's servers wait. */
  readonly keepAliveTimeout?: number
  /**
   * A connection gets no more requests once it is so old, so that fleets behind a layer 4 hop, or a name, are spread over
   * when they have grown. `Infinity`: never. Default 300 000 (5 minutes).
   */
  readonly maxConnectionAge?: number
  /** By how much of itself that is shorter at most, so that connections do not end together; 0 to 1. Default 0.2. */
  readonly maxConnectionAgeJitter?: number
  /** At most so many connections to each endpoint; further requests wait for one. Default: no limit. */
  readonly maxConnections?: number
  /** Connections that are opened to each endpoint ahead of its first request. Default 0: none before it is needed. */
  readonly prewarm?: number
  /** Speaks HTTP/2 with servers that offer it in TLS (ALPN). Default `true`. */
  readonly http2?: boolean
  /**
   * For https endpoints: authorities (`ca`), a certificate of the client (`cert`, `key`), and what else `tls.connect` takes.
   * The server's certificate has to be for the host of the endpoint's URL, or for `servername` if that is given.
   */
  readonly tls?: TransportTlsOptions
}

/** Checked and completed. */
export interface TransportSettings {
  readonly connectTimeout: number
  readonly keepAliveTimeout: number
  readonly maxConnectionAge: number
  readonly maxConnectionAgeJitter: number
  readonly maxConnections: number | null
  readonly prewarm: number
  readonly http2: boolean
  readonly tls: TransportTlsOptions
}

const NAME = 'undiciTransport'
const KEYS = [
  'connectTimeout',
  'keepAliveTimeout',
  'maxConnectionAge',
  'maxConnectionAgeJitter',
  'maxConnections',
  'prewarm',
  'http2',
  'tls',
]

/** @throws BalancerError `ERR_INVALID_CONFIG` */
export function checkTransport(given: UndiciTransportOptions): TransportSettings {
  checkObject(given, NAME, KEYS)
  const { maxConnectionAge, maxConnections, tls = {} } = given
  if (typeof tls !== 'object' || tls === null || Array.isArray(tls))
    throw invalidConfig(`${NAME}.tls`, tls, 'an object with options of TLS')
  const count = { min: 0, max: 10_000, integer: true }
  return {
    connectTimeout: checkDuration(given.connectTimeout, `${NAME}.connectTimeout`, 5_000),
    keepAliveTimeout: checkDuration(given.keepAliveTimeout, `${NAME}.keepAliveTimeout`, 4_000),
    maxConnectionAge:
      maxConnectionAge === Number.POSITIVE_INFINITY
        ? maxConnectionAge
        : checkDuration(maxConnectionAge, `${NAME}.maxConnectionAge`, 300_000),
    maxConnectionAgeJitter: checkFraction(
      given.maxConnectionAgeJitter,
      `${NAME}.maxConnectionAgeJitter`,
      0.2,
    ),
    maxConnections:
      maxConnections === undefined
        ? null
        : checkNumber(maxConnections, `${NAME}.maxConnections`, 0, { ...count, min: 1 }),
    prewarm: checkNumber(given.prewarm, `${NAME}.prewarm`, 0, count),
    http2: checkBoolean(given.http2, `${NAME}.http2`) ?? true,
    tls,
  }
}
