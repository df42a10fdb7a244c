import { isIPv6 } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ConnectionOptions, SecureContext, SecureContextOptions } from 'node:tls'
import type { ChannelCredentials, Client } from '@grpc/grpc-js'
import type { SocketAddress } from '../socket-address.js'
import { CHECK_METHOD, decodeStatus, encodeRequest } from './grpc-health.js'

/** How {@link grpcCheck} speaks TLS: what Node's `tls` takes for certificates, and how the server's is verified. */
export type GrpcTlsOptions = SecureContextOptions &
  Pick<ConnectionOptions, 'servername' | 'rejectUnauthorized' | 'checkServerIdentity'>

/** The package, which those who check gRPC have installed. */
export type Grpc = typeof import('@grpc/grpc-js')

/** TLS, when it is spoken. */
export interface Secure {
  readonly context: SecureContext
  readonly given: GrpcTlsOptions
}

export async function loadGrpc(): Promise<Grpc> {
  try {
    return await import('@grpc/grpc-js')
  } catch (cause) {
    throw new Error(
      'grpcCheck needs the package @grpc/grpc-js, which cannot be loaded: `npm install @grpc/grpc-js`',
      {
        cause,
      },
    )
  }
}

function targetOf(address: SocketAddress): string {
  if ('path' in address) return `unix:${address.path}`
  const { host, port } = address
  return `dns:///${isIPv6(host) ? `[${host}]` : host}:${port}`
}

/**
 * A client of one check: its connection and its backoff are nobody else's. What the server is called, if that is not where
 * it is connected to, is `name`.
 */
export function clientOf(
  grpc: Grpc,
  address: SocketAddress,
  name: string | undefined,
  secure: Secure | undefined,
): Client {
  const servername = secure === undefined ? undefined : (secure.given.servername ?? name)
  return new grpc.Client(targetOf(address), credentialsOf(grpc, secure), {
    // The pool that all channels share may hand us the connection, or the backoff, of somebody else's.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.service_config_disable_resolution': 1,
    'grpc.enable_retries': 0,
    'grpc.enable_channelz': 0,
    ...(name === undefined ? {} : { 'grpc.default_authority': name }),
    ...(servername === undefined ? {} : { 'grpc.ssl_target_name_override': servername }),
  })
}

function credentialsOf({ credentials }: Grpc, secure: Secure | undefined): ChannelCredentials {
  if (secure === undefined) return credentials.createInsecure()
  const { rejectUnauthorized, checkServerIdentity } = secure.given
  return credentials.createFromSecureContext(secure.context, {
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    ...(checkServerIdentity === undefined ? {} : { checkServerIdentity }),
  })
}

/**
 * Lets go of a client, not before the address that it was given has been taken up: that happens an event loop's turn or two
 * after the call, and a client that was closed by then would connect to it, and reconnect, for ever (grpc-js 1.14).
 */
export async function close(client: Client): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await nextTurn()
  client.close()
}

/** Asks once, and gives the status that the server says. Given up, it is cancelled at the server as well. */
export function ask(client: Client, service: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = client.makeUnaryRequest(
      CHECK_METHOD,
      encodeRequest,
      decodeStatus,
      service,
      (error, status) => {
        if (error !== null) reject(error)
        else resolve(status ?? 0)
      },
    )
    const onAbort = () => {
      call.cancel()
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
