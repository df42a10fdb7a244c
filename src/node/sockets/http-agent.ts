import { type AgentOptions, type ClientRequestArgs, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent, type AgentOptions as HttpsAgentSettings } from 'node:https'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import type { Balancer } from '../../client/balancer.js'
import { TCP_OPTIONS } from '../open-socket.js'
import { dial } from './dial.js'
import { LazySocket } from './lazy-socket.js'
import {
  checkBalancer,
  checkSocketOptions,
  SOCKET_KEYS,
  type SocketOptions,
  type SocketSettings,
} from './socket-options.js'

/** Options of {@link httpAgent}. */
export interface HttpAgentOptions extends Omit<SocketOptions, 'tls'> {
  /** Options of Node's `http.Agent`: `keepAlive`, `maxSockets`, `scheduling` ... */
  readonly agent?: AgentOptions
}

/** Options of {@link httpsAgent}. */
export interface HttpsAgentOptions extends Omit<SocketOptions, 'tls'> {
  /** Options of Node's `https.Agent`, and with them those of TLS: `ca`, `cert`, `rejectUnauthorized` ... */
  readonly agent?: HttpsAgentSettings
}

/** What agents are told of the request that a connection is for, with their own options. */
type ConnectionRequest = Pick<ClientRequestArgs, 'port' | 'timeout'> & Pick<ConnectionOptions, 'servername'>

const KEYS = [...SOCKET_KEYS.filter((key) => key !== 'tls'), 'agent']
/** What requests say of where to connect to, and we know better. */
const PLACE = ['host', 'hostname', 'port', 'path', 'socketPath', 'servername']

/**
 * A `http.Agent` whose connections go to endpoints of the balancer, whatever host its requests name: for clients that
 * take an agent and cannot be given a `fetch`, which would see every request and do better. It is connections that are
 * balanced, and with `keepAlive` they serve many requests: `scheduling: 'fifo'` uses them in turn. What requests have as
 * their `socket` is a stream in front of Node's own, which is its property `socket`.
 *
 * ```ts
 * const agent = httpAgent(users, { agent: { keepAlive: true, scheduling: 'fifo' } })
 * http.get('http://users.internal/v1/me', { agent }, (response) => response.resume())
 * ```
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function httpAgent(balancer: Balancer, options: HttpAgentOptions = {}): HttpAgent {
  const { agent, ...settings } = check(balancer, options, 'httpAgent')
  return new BalancedHttpAgent(balancer, settings, agent)
}

/**
 * {@link httpAgent} for `https`. The certificate is checked against the host name of the endpoint or, where that is an
 * address, against that of the request.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function httpsAgent(balancer: Balancer, options: HttpsAgentOptions = {}): HttpsAgent {
  const { agent, ...settings } = check(balancer, options, 'httpsAgent')
  return new BalancedHttpsAgent(balancer, settings, agent)
}

class BalancedHttpAgent extends HttpAgent {
  readonly #balancer: Balancer
  readonly #settings: SocketSettings

  constructor(balancer: Balancer, settings: SocketSettings, options: AgentOptions) {
    super(options)
    this.#balancer = balancer
    this.#settings = settings
  }

  override createConnection(request: ClientRequestArgs): Duplex {
    return begin(this.#balancer, this.#settings, request, 'httpAgent')
  }
}

class BalancedHttpsAgent extends HttpsAgent {
  readonly #balancer: Balancer
  readonly #settings: SocketSettings

  constructor(balancer: Balancer, settings: SocketSettings, options: HttpsAgentSettings) {
    super(options)
    this.#balancer = balancer
    this.#settings = settings
  }

  override createConnection(request: ConnectionRequest): Duplex {
    const { servername } = this.options
    const given = Object.entries(request).filter(([key]) => !PLACE.includes(key))
    const tls = { ...Object.fromEntries(given), ...(servername !== undefined && { servername }) }
    return begin(this.#balancer, { ...this.#settings, tls }, request, 'httpsAgent')
  }
}

/** At once, since an agent counts only the sockets that there are. */
function begin(
  balancer: Balancer,
  settings: SocketSettings,
  request: ConnectionRequest,
  who: string,
): Duplex {
  const { timeout = 0, servername, port } = request
  const asked = Object.entries(request).filter(
    ([key, value]) => key !== 'timeout' && value !== undefined && TCP_OPTIONS.includes(key as never),
  )
  const tcp = { ...Object.fromEntries(asked), ...settings.tcp, allowHalfOpen: true }
  const defaultPort = settings.defaultPort || Number(port) || 0
  return new LazySocket((signal) =>
    dial(balancer, { ...settings, tcp, defaultPort, who, signal, serverName: servername || undefined }),
  )
    .setTimeout(timeout)
    .connect()
}

function check<T extends object>(
  balancer: Balancer,
  options: SocketOptions & { readonly agent?: T },
  who: string,
) {
  checkBalancer(balancer, who)
  return { ...checkSocketOptions(options, who, KEYS), agent: options.agent ?? ({} as T) }
}
