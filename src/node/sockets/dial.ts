import { once } from 'node:events'
import { isIP, type Socket } from 'node:net'
import type { Balancer } from '../../client/balancer.js'
import type { Endpoint } from '../../core/endpoint.js'
import { openSocket } from '../open-socket.js'
import { addressOf } from '../socket-address.js'
import { closeWithEndpoint } from './close-with-endpoint.js'
import { lifeOf } from './life.js'
import type { SocketSettings } from './socket-options.js'

/** What a protocol does with a connection before it counts as one; gives the socket that is used from then on. */
export type Greet = (socket: Socket, serverName: string, signal: AbortSignal) => Promise<Socket>

/** How one socket is connected. */
export interface Dialling extends SocketSettings {
  /** Who asks, for errors. */
  readonly who: string
  readonly signal?: AbortSignal | undefined
  /** What the server is called by TLS where its endpoint has no name, only an address. */
  readonly serverName?: string | undefined
  readonly greet?: Greet | undefined
}

/** A socket to one of the balancer's endpoints, with whom it counts as in flight until it is closed. */
export async function dial(balancer: Balancer, dialling: Dialling): Promise<Socket> {
  const { call, signal } = dialling
  const socket = await balancer.execute(
    (attempt) => open(balancer, attempt.endpoint, attempt.signal, dialling),
    {
      ...call,
      ...(signal !== undefined && { signal }),
      // To connect twice does no harm.
      idempotent: true,
      completion: lifeOf,
      discard: (unused) => unused.destroy(),
    },
  )
  // From here on errors are its user's.
  return socket.off('error', ignore)
}

async function open(
  balancer: Balancer,
  endpoint: Endpoint,
  signal: AbortSignal,
  dialling: Dialling,
): Promise<Socket> {
  const { who, tls, tcp, defaultPort, serverName, greet } = dialling
  const { hostname } = endpoint
  const name = isIP(hostname) === 0 ? hostname : (serverName ?? hostname)
  const socket = openSocket(addressOf(endpoint, undefined, who, defaultPort), name, tls, tcp)
  socket.on('error', ignore)
  closeWithEndpoint(socket, endpoint, balancer, dialling)
  try {
    await once(socket, tls === undefined ? 'connect' : 'secureConnect', { signal })
    const ready = greet === undefined ? socket : (await greet(socket, name, signal)).on('error', ignore)
    // It may have broken in the same instant, which nobody has been told of yet.
    if (ready.destroyed) throw ready.errored ?? new Error('The socket was closed as it was connected')
    return ready
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function ignore(): void {}
