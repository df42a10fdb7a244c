import { Dispatcher, Dispatcher1Wrapper, errors, getGlobalDispatcher } from 'undici'
import type { BalancedRequestInit, Balancer } from '../client/balancer.js'
import { type ChooseTransport, sendVia } from '../client/send-via.js'
import { Services } from '../client/services.js'
import { invalidConfig } from '../core/errors.js'
import { checkObject } from '../core/validate.js'
import { UndiciTransport } from '../node/transport/undici-transport.js'
import type { Transport } from '../transport/transport.js'
import { BalancedDispatch } from './balanced-dispatch.js'
import { DispatchRequest } from './dispatch-request.js'
import { OwnConnections } from './own-connections.js'
import { RawTransport } from './raw-transport.js'

/** Options of {@link balancedDispatcher}. */
export interface BalancedDispatcherOptions {
  /**
   * Gets what goes to other hosts. It is not closed with the balanced one. Default: the global dispatcher, as it is when the
   * balanced one is made.
   */
  readonly dispatcher?: Dispatcher
}

class BalancedDispatcher extends Dispatcher {
  readonly #services: Services
  readonly #next: Dispatcher
  readonly #own = new OwnConnections()
  readonly #running = new Set<BalancedDispatch>()
  #closing: Promise<void> | undefined
  #destroying: Promise<void> | undefined
  /** For Node's own fetch, which up to Node 24 is of an undici before 8: with it as global dispatcher, undici does the same. */
  readonly #forOld = new Dispatcher1Wrapper(this)
  /** Told when nothing is running any more. */
  #onIdle: (() => void) | undefined

  constructor(services: Services, next: Dispatcher) {
    super()
    this.#services = services
    this.#next = next
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (isOld(handler)) return this.#forOld.dispatch(options, handler)
    let balancer: Balancer | undefined
    try {
      this.#assertOpen()
      const origin = originOf(options.origin)
      balancer = origin && this.#services.of(origin)
      if (balancer !== undefined && origin !== undefined)
        this.#balance(balancer, new DispatchRequest(options, origin.origin), handler)
    } catch (error) {
      if (typeof handler.onResponseError !== 'function') throw error
      handler.onResponseError(NOT_STARTED, error as Error)
      return true
    }
    return balancer !== undefined || this.#next.dispatch(options, handler)
  }

  /** What a WebSocket may receive is up to the dispatcher that it would have had. */
  get webSocketOptions(): unknown {
    return (this.#next as ReceivingDispatcher).webSocketOptions
  }

  get eventSourceOptions(): unknown {
    return (this.#next as ReceivingDispatcher).eventSourceOptions
  }

  override close(): Promise<void>
  override close(callback: () => void): void
  override close(callback?: () => void): Promise<void> | void {
    if (this.#destroying !== undefined && this.#closing === undefined)
      return tell(Promise.reject(new errors.ClientDestroyedError()), callback)
    this.#closing ??= this.#close()
    return tell(this.#closing, callback)
  }

  override destroy(): Promise<void>
  override destroy(error: Error | null): Promise<void>
  override destroy(callback: () => void): void
  override destroy(error: Error | null, callback: () => void): void
  override destroy(given?: Error | null | (() => void), callback?: () => void): Promise<void> | void {
    const error = typeof given === 'function' ? null : given
    this.#destroying ??= this.#destroy(error ?? new errors.ClientDestroyedError())
    return tell(this.#destroying, typeof given === 'function' ? given : callback)
  }

  #assertOpen(): void {
    if (this.#destroying !== undefined) throw new errors.ClientDestroyedError()
    if (this.#closing !== undefined) throw new errors.ClientClosedError()
  }

  #balance(balancer: Balancer, request: DispatchRequest, handler: Dispatcher.DispatchHandler): void {
    const choose: ChooseTransport = (own) => this.#transportFor(balancer, own, request)
    const send = (init: BalancedRequestInit) => sendVia(balancer, choose, request.url, init)
    const dispatch = new BalancedDispatch(handler, this.#onOver)
    this.#running.add(dispatch)
    dispatch.start((signal) => {
      const init = request.init(signal)
      return init instanceof Promise ? init.then(send) : send(init)
    })
  }

  #transportFor(balancer: Balancer, own: Transport | undefined, { options }: DispatchRequest): Transport {
    if (own instanceof UndiciTransport) return new RawTransport(own, options)
    if (own === undefined) {
      this.#own.serve(balancer)
      return new RawTransport(this.#own.transport, options)
    }
    if (options.upgrade)
      throw new errors.NotSupportedError(
        `'${balancer.name}' cannot upgrade a connection: its own transport makes requests`,
      )
    return own
  }

  readonly #onOver = (dispatch: BalancedDispatch): void => {
    this.#running.delete(dispatch)
    if (this.#running.size === 0) this.#onIdle?.()
  }

  async #close(): Promise<void> {
    if (this.#running.size > 0)
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    await this.#own.close()
  }

  async #destroy(error: Error): Promise<void> {
    for (const dispatch of this.#running) dispatch.end(error)
    await this.#own.close()
  }
}

/** What a handler gets in place of a controller when nothing was begun: undici gives it none. */
const NOT_STARTED = null as never

/** Most dispatchers of undici have these, its types do not. */
interface ReceivingDispatcher extends Dispatcher {
  readonly webSocketOptions?: unknown
  readonly eventSourceOptions?: unknown
}

/** Handlers of an undici before 8 have other methods. */
function isOld(handler: Dispatcher.DispatchHandler): boolean {
  return handler.onRequestStart === undefined && 'onConnect' in handler
}

function originOf(given: unknown): URL | undefined {
  const url = typeof given === 'string' && URL.canParse(given) ? new URL(given) : given
  return url instanceof URL && /^https?:$/.test(url.protocol) ? url : undefined
}

function tell(
  end: Promise<void>,
  callback: ((error: unknown, data: null) => void) | undefined,
): Promise<void> | void {
  if (callback === undefined) return end
  end.then(
    () => callback(null, null),
    (error) => callback(error, null),
  )
}

/**
 * An undici `Dispatcher` that balances the requests to some hosts, and passes everything else on. As the global one it does
 * so for every `fetch` of the process, Node's own included, and for undici's `request`, `stream` and `pipeline`, without
 * touching their code; it is composed with interceptors like any other.
 *
 * ```ts
 * setGlobalDispatcher(balancedDispatcher({ users, 'orders.internal:8443': orders }))
 * await fetch('http://users/v1/me')
 * ```
 *
 * The keys of `services` are hosts as they stand in a URL, as of `wrapFetch`. Retries, hedges, breakers, routes and all the
 * rest happen below it: a handler is told of one answer, or of one error, a `BalancerError`. A balancer with
 * `undiciTransport()` sends over the connections of that, one with another transport with that transport, and all others
 * over connections of the dispatcher's own. `close()` and `destroy()` end those, and neither the balancers nor the
 * dispatcher that the rest goes to.
 *
 * It needs the package `undici`, and Node: Bun's is not the real one.
 *
 * @throws BalancerError `ERR_INVALID_CONFIG` for a key that is no host, or a value that is no balancer or dispatcher
 */
export function balancedDispatcher(
  services: Readonly<Record<string, Balancer>>,
  options: BalancedDispatcherOptions = {},
): Dispatcher {
  if ('Bun' in globalThis)
    throw invalidConfig(
      'services',
      'balancedDispatcher()',
      'wrapFetch() on Bun, whose undici dispatches nothing',
    )
  checkObject(options, 'balancedDispatcher', ['dispatcher'])
  const { dispatcher = getGlobalDispatcher() } = options
  if (typeof dispatcher?.dispatch !== 'function')
    throw invalidConfig('balancedDispatcher.dispatcher', dispatcher, 'a dispatcher of undici')
  return new BalancedDispatcher(new Services(services), dispatcher)
}
