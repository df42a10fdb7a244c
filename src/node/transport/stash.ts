import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { buildConnector } from 'undici'
import type { Connect } from './connector.js'

/** Connections to one endpoint that were opened ahead of its first requests. */
export class Stash {
  readonly #dial: Connect
  /** In ms: older ones may have been given up by the server. */
  readonly #freshFor: number
  readonly #sockets = new Map<Socket, number>()
  #closed = false

  constructor(dial: Connect, freshFor: number) {
    this.#dial = dial
    this.#freshFor = freshFor
  }

  /** Opens one. It fails in silence: the request that would have had it says what is wrong. */
  open(where: buildConnector.Options): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#dial(where, (error, socket) => {
        if (error !== null) return reject(error)
        this.#keep(socket)
        resolve()
      })
    }).catch(() => {})
  }

  /** As a connector: one from the stash while there are any, then new ones. */
  readonly connect: Connect = (where, callback) => {
    const socket = this.#take()
    if (socket === undefined) this.#dial(where, callback)
    else process.nextTick(callback, null, socket)
  }

  close(): void {
    this.#closed = true
    for (const socket of this.#sockets.keys()) socket.destroy()
  }

  #keep(socket: Socket): void {
    if (this.#closed) return void socket.destroy()
    this.#sockets.set(socket.unref(), performance.now())
    // As undici does with those that have been used.
    socket.setTimeout(this.#freshFor, this.#forget).once('close', this.#forget)
    // A server that speaks first in HTTP/1 says goodbye; in HTTP/2 it sends its settings.
    if ((socket as TLSSocket).alpnProtocol !== 'h2') socket.once('readable', this.#forget)
  }

  readonly #forget = function (this: Socket): void {
    this.destroy()
  }

  #take(): Socket | undefined {
    const now = performance.now()
    for (const [socket, since] of this.#sockets) {
      this.#sockets.delete(socket)
      for (const event of ['close', 'readable', 'timeout']) socket.off(event, this.#forget)
      socket.setTimeout(0)
      if (!socket.destroyed && socket.writable && now - since < this.#freshFor) return socket.ref()
      socket.destroy()
    }
    return undefined
  }
}
