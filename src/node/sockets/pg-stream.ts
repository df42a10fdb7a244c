import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Balancer } from '../../client/balancer.js'
import { dial } from './dial.js'
import { LazySocket } from './lazy-socket.js'
import { checkBalancer, checkSocketOptions, type SocketOptions } from './socket-options.js'

/** Length, then the code of an SSLRequest: PostgreSQL, "Message Formats". */
const SSL_REQUEST = Uint8Array.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f)

/**
 * The option `stream` of `pg`, for clients and pools: each connection that they open goes to an endpoint of the
 * balancer, and to another one if that cannot be connected to.
 *
 * ```ts
 * const endpoints = ['postgres://10.0.2.1:5432', 'postgres://10.0.2.2:5432']
 * const replicas = createBalancer({ endpoints, policy: leastRequest() })
 * const pool = new Pool({ stream: pgStream(replicas), user: 'app', database: 'shop' })
 * ```
 *
 * With `tls` it asks servers for TLS itself, while another endpoint can still be taken, and checks each by its own host
 * name; leave out the `ssl` of `pg` then. With `ssl` alone `pg` does that later, by the one `host` that it was given.
 * Endpoints without a port are connected to at the `port` of `pg`, 5432 by default.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function pgStream(balancer: Balancer, options: SocketOptions = {}): () => Duplex {
  const { tcp, ...settings } = checkSocketOptions(options, 'pgStream')
  checkBalancer(balancer, 'pgStream')
  return () =>
    new LazySocket((signal, port = 0) =>
      dial(balancer, {
        ...settings,
        tcp: { ...tcp, allowHalfOpen: true },
        defaultPort: settings.defaultPort || port,
        who: 'pgStream',
        signal,
        startTls,
      }),
    )
}

async function startTls(socket: Socket, signal: AbortSignal): Promise<void> {
  socket.write(SSL_REQUEST)
  await once(socket, 'readable', { signal })
  const answer: Uint8Array | null = socket.read()
  // More than this one byte would have come from somebody who cannot read what is encrypted (CVE-2021-23222).
  if (answer?.length !== 1 || answer[0] !== 0x53) throw new Error(refusalOf(answer))
}

function refusalOf(answer: Uint8Array | null): string {
  if (answer === null) return 'The server closed the connection when it was asked for TLS'
  return answer[0] === 0x4e ? 'The server does not speak TLS' : 'The server did not say whether it speaks TLS'
}
