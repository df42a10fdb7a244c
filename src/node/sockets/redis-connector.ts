import { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { Balancer } from '../../client/balancer.js'
import { dial } from './dial.js'
import {
  checkBalancer,
  checkSocketOptions,
  type SocketOptions,
  type SocketSettings,
} from './socket-options.js'

/**
 * What `ioredis` takes as its option `Connector`. Its own type is a class with private members, which no other class
 * can match; one that constructs nothing that could be named fits them all.
 */
export type RedisConnector = new (options: unknown) => never

/** What is looked at of the options that `ioredis` gives to its connectors. */
interface RedisOptions {
  readonly connectTimeout?: number
  readonly disconnectTimeout?: number
  readonly tls?: ConnectionOptions | boolean
}

const PORT = 6_379

/**
 * The option `Connector` of `ioredis`: each connection that a client opens, and each that it opens again by its
 * `retryStrategy`, goes to an endpoint of the balancer, and to another one if that cannot be connected to.
 *
 * ```ts
 * const caches = createBalancer({ endpoints: ['redis://10.0.0.1', 'redis://10.0.0.2'], policy: leastRequest() })
 * const redis = new Redis({ Connector: redisConnector(caches) })
 * ```
 *
 * The `tls` of `ioredis` is used if there is none here, and its `connectTimeout` is the limit of all attempts together
 * if there is no `timeout`. Endpoints without a port are connected to at 6379. Not for Redis Cluster and Sentinel,
 * where clients have to go to the server that is named to them.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG`
 */
export function redisConnector(balancer: Balancer, options: SocketOptions = {}): RedisConnector {
  const settings = checkSocketOptions(options, 'redisConnector')
  checkBalancer(balancer, 'redisConnector')
  return class extends BalancedConnector {
    constructor(given: unknown) {
      super(balancer, settings, given as RedisOptions)
    }
  } as never
}

/** What `ioredis` calls: its `AbstractConnector`. */
class BalancedConnector {
  /** Why there is no connection, for the client's `error` event. */
  firstError: Error | undefined
  readonly #balancer: Balancer
  readonly #settings: SocketSettings
  readonly #options: RedisOptions
  #controller: AbortController | undefined
  #stream: Socket | undefined

  constructor(balancer: Balancer, settings: SocketSettings, options: RedisOptions) {
    this.#balancer = balancer
    this.#settings = settings
    this.#options = options
  }

  /** Is a server that says this of itself the right one? */
  check(_info: unknown): boolean {
    return true
  }

  /** Never rejects: a client would take that for the end of everything, and not connect again. */
  async connect(): Promise<Socket> {
    const controller = new AbortController()
    this.#controller = controller
    this.firstError = undefined
    this.#stream = undefined
    try {
      const stream = await this.#dial(controller.signal)
      // In the instant in which it was connected: that goes unheard otherwise.
      if (controller.signal.aborted) return stream.destroy()
      this.#stream = stream
      return stream.once('error', (error) => {
        this.firstError = error
      })
    } catch (error) {
      if (!controller.signal.aborted) this.firstError = error as Error
      return new Socket().destroy()
    }
  }

  disconnect(): void {
    this.#controller?.abort()
    const stream = this.#stream
    if (stream === undefined) return
    const timer = setTimeout(() => stream.destroy(), this.#options.disconnectTimeout)
    stream.once('close', () => clearTimeout(timer)).end()
  }

  #dial(signal: AbortSignal): Promise<Socket> {
    const { connectTimeout, tls } = this.#options
    const settings = this.#settings
    const total = connectTimeout && { timeout: { total: connectTimeout } }
    return dial(this.#balancer, {
      ...settings,
      who: 'redisConnector',
      signal,
      tls: settings.tls ?? (tls === true ? {} : tls || undefined),
      defaultPort: settings.defaultPort || PORT,
      call: { ...total, ...settings.call },
    })
  }
}
