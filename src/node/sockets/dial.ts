import { once } from 'node:events'
import { isIP, type Socket } from 'node:net'
import type { Balancer } from '../../client/balancer.js'
import type { Endpoint } from '../../core/endpoint.js'
import { openSocket, openTls } from '../open-socket.js'
import { addressOf } from '../socket-address.js'
import { closeWithEndpoint } from './close-with-endpoint.js'
import { lifeOf } from './life.js'
import type { SocketSettings } from './socket-options.js'

/** Asks a server for TLS, in the words of its protocol. */
export type StartTls = (socket: Socket, signal: AbortSignal) => Promise<void>

/** Codes of Node's errors for options that are wrong, which is not the endpoint's doing. */
const MISTAKE = /^ERR_(INVALID|OSSL)_/

/** How one socket is connected. */
export interface Dialling extends SocketSettings {
  /** Who asks, for errors. */
  readonly who: string
  readonly signal?: AbortSignal | undefined
  /** What the server is called by TLS where its endpoint has no name, only an address. */
  readonly serverName?: string | undefined
  /** Where TLS begins on a connection that was plain before. */
  readonly startTls?: StartTls | undefined
}

/** A socket to one of the balancer's endpoints, with whom it counts as in flight until it is closed. */
export async function dial(balancer: Balancer, dialling: Dialling): Promise<Socket> {
  const { call, signal } = dialling
  // Not the signal itself: what is aborted when a socket has come says nothing of how that ends.
  const connecting = new AbortController()
  const giveUp = () => connecting.abort(signal?.reason)
  if (signal?.aborted) giveUp()
  signal?.addEventListener('abort', giveUp)
  try {
    const socket = await balancer.execute(
      (attempt) => open(balancer, attempt.endpoint, attempt.signal, dialling),
      {
        ...call,
        signal: connecting.signal,
        // To connect twice does no harm.
        idempotent: true,
        classify,
        completion: lifeOf,
        discard: (unused) => unused.destroy(),
      },
    )
    // From here on errors are its user's.
    return socket.off('error', ignore)
  } finally {
    signal?.removeEventListener('abort', giveUp)
  }
}

async function open(
  balancer: Balancer,
  endpoint: Endpoint,
  signal: AbortSignal,
  dialling: Dialling,
): Promise<Socket> {
  const { who, tls, tcp, defaultPort, serverName, startTls } = dialling
  const { hostname } = endpoint
  const name = isIP(hostname) === 0 ? hostname : (serverName ?? hostname)
  const address = addressOf(endpoint, undefined, who, defaultPort)
  const first = openSocket(address, name, startTls === undefined ? tls : undefined, tcp)
  first.on('error', ignore)
  closeWithEndpoint(first, endpoint, balancer, dialling)
  try {
    let socket = first
    await once(socket, tls === undefined || startTls !== undefined ? 'connect' : 'secureConnect', { signal })
    if (tls !== undefined && startTls !== undefined) {
      await startTls(socket, signal)
      socket = openTls(socket, name, tls).on('error', ignore)
      await once(socket, 'secureConnect', { signal })
    }
    // It may have broken in the same instant, which nobody has been told of yet.
    if (socket.destroyed) throw socket.errored ?? new Error('The socket was closed as it was connected')
    return socket
  } catch (error) {
    first.destroy()
    throw error
  }
}

function classify(error: unknown): 'ignored' | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  return typeof code === 'string' && MISTAKE.test(code) ? 'ignored' : undefined
}

function ignore(): void {}
