import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import type { Balancer } from '../../client/balancer.js'
import { openTls } from '../open-socket.js'
import { dial, type Greet } from './dial.js'
import { LazySocket } from './lazy-socket.js'
import { checkBalancer, checkSocketOptions, type SocketOptions } from './socket-options.js'

/** Length, then the code of an SSLRequest: PostgreSQL, "Message Formats". */
const SSL_REQUEST = Uint8Array.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f)

/**
 * The option `stream` of `pg`, for clients and pools: each connection that they open goes to an endpoint of the
 * balancer, and to another one if that cannot be connected to.
 *
 * ```ts
 * const replicas = createBalancer({ endpoints: ['postgres://10.0.2.1', 'postgres://10.0.2.2'], policy: leastRequest() })
 * const pool = new Pool({ stream: pgStream(replicas), user: 'app', database: 'shop' })
 * ```
 *
 * With `tls` it asks servers for TLS itself, as `pg` would, and does so while another endpoint can still be taken; each is checked
 * by its own host name. Leave out the `ssl` of `pg` then. That works as well, but goes by the `host` that `pg` was given.
 * Endpoints without a port are connected to at the `port` of `pg`, 5432.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function pgStream(balancer: Balancer, options: SocketOptions = {}): () => Duplex {
  const { tls, tcp, ...settings } = checkSocketOptions(options, 'pgStream')
  checkBalancer(balancer, 'pgStream')
  return () =>
    new LazySocket((signal, port = 0) =>
      dial(balancer, {
        ...settings,
        tls: undefined,
        tcp: { ...tcp, allowHalfOpen: true },
        defaultPort: settings.defaultPort || port,
        who: 'pgStream',
        signal,
        greet: tls && askForTls(tls),
      }),
    )
}

function askForTls(tls: ConnectionOptions): Greet {
  return async (socket, serverName, signal) => {
    socket.write(SSL_REQUEST)
    await once(socket, 'readable', { signal })
    const answer: Uint8Array | null = socket.read()
    // More than this one byte would have come from somebody who cannot read what is encrypted (CVE-2021-23222).
    if (answer?.length !== 1 || answer[0] !== 0x53) throw new Error(refusalOf(answer))
    const secure = openTls(socket, serverName, tls)
    await once(secure, 'secureConnect', { signal })
    return secure
  }
}

function refusalOf(answer: Uint8Array | null): string {
  if (answer === null) return 'The server closed the connection when it was asked for TLS'
  return answer[0] === 0x4e ? 'The server does not speak TLS' : 'The server did not say whether it speaks TLS'
}
