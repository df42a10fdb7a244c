import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** Connects, until the signal is aborted; with `allowHalfOpen`, since it is the lazy socket that ends it. */
export type Dial = (signal: AbortSignal, port: number | undefined) => Promise<Socket>

type Done = (error?: Error | null) => void

/**
 * A socket for those who want one at once, and are told by `connect` when it is connected: what is asked of it before
 * that is done then. It behaves as a socket of Node does, as far as drivers can tell.
 */
export class LazySocket extends Duplex {
  connecting = false
  timeout = 0
  readonly #dial: Dial
  readonly #controller = new AbortController()
  /** What is to be done when it is connected. */
  #settings: ((socket: Socket) => void)[] = []
  #unsent: { readonly send: (socket: Socket) => void; readonly done: Done } | undefined
  #socket: Socket | undefined
  /** Counts the timeout as long as there is no socket that does. */
  #timer: NodeJS.Timeout | undefined

  constructor(dial: Dial) {
    super({ allowHalfOpen: false })
    this.#dial = dial
  }

  /** Begins to connect. The balancer knows where to: a port is taken if an endpoint names none. */
  connect(port?: unknown): this {
    this.connecting = true
    this.#dial(this.#controller.signal, typeof port === 'number' ? port : undefined).then(
      (socket) => this.#connected(socket),
      (error: Error) => this.destroy(error),
    )
    return this
  }

  /** The socket behind it, once it is connected; for what TLS knows, say. */
  get socket(): Socket | undefined {
    return this.#socket
  }

  get remoteAddress(): string | undefined {
    return this.#socket?.remoteAddress
  }

  get remotePort(): number | undefined {
    return this.#socket?.remotePort
  }

  get localAddress(): string | undefined {
    return this.#socket?.localAddress
  }

  get localPort(): number | undefined {
    return this.#socket?.localPort
  }

  setNoDelay(noDelay?: boolean): this {
    return this.#set((socket) => socket.setNoDelay(noDelay))
  }

  setKeepAlive(enable?: boolean, initialDelay?: number): this {
    return this.#set((socket) => socket.setKeepAlive(enable, initialDelay))
  }

  ref(): this {
    return this.#set((socket) => socket.ref())
  }

  unref(): this {
    return this.#set((socket) => socket.unref())
  }

  setTimeout(timeout: number, callback?: () => void): this {
    this.timeout = timeout
    if (callback !== undefined) {
      if (timeout === 0) this.off('timeout', callback)
      else this.once('timeout', callback)
    }
    clearTimeout(this.#timer)
    if (this.#socket !== undefined) this.#socket.setTimeout(timeout)
    else if (timeout > 0) this.#timer = setTimeout(() => this.emit('timeout'), timeout).unref()
    return this
  }

  override _read(): void {
    this.#socket?.resume()
  }

  override _write(chunk: unknown, _encoding: BufferEncoding, done: Done): void {
    this.#send(done, (socket) => socket.write(chunk as Uint8Array, done))
  }

  override _writev(chunks: readonly { readonly chunk: unknown }[], done: Done): void {
    this.#send(done, (socket) => {
      socket.cork()
      for (const [i, { chunk }] of chunks.entries())
        socket.write(chunk as Uint8Array, i === chunks.length - 1 ? done : undefined)
      socket.uncork()
    })
  }

  override _final(done: Done): void {
    if (this.#socket !== undefined || this.connecting) return this.#send(done, (socket) => socket.end(done))
    // Nothing was ever asked for, and nothing will come.
    this.#ended()
    done()
  }

  override _destroy(error: Error | null, done: Done): void {
    this.connecting = false
    clearTimeout(this.#timer)
    this.#controller.abort(error ?? undefined)
    this.#unsent?.done(error ?? new Error('The socket was closed before it was connected'))
    this.#unsent = undefined
    this.#settings = []
    if (this.#socket === undefined || this.#socket.closed) done(error)
    // Not before, since whoever speaks TLS over it has an error to tell of first.
    else this.#socket.once('close', () => done(error)).destroy()
  }

  #set(setting: (socket: Socket) => void): this {
    if (this.#socket === undefined) this.#settings.push(setting)
    else setting(this.#socket)
    return this
  }

  /** There is one at a time: the next comes when this is done. */
  #send(done: Done, send: (socket: Socket) => void): void {
    if (this.#socket === undefined) this.#unsent = { send, done }
    else send(this.#socket)
  }

  /** Who has nothing to read any more, and does not, is to be told of the end all the same. */
  #ended(): void {
    this.push(null)
    this.read(0)
  }

  #connected(socket: Socket): void {
    if (this.destroyed) {
      socket.on('error', () => {}).destroy()
      return
    }
    this.#socket = socket
    this.connecting = false
    clearTimeout(this.#timer)
    socket
      .on('data', (chunk) => {
        if (!this.push(chunk)) socket.pause()
      })
      .on('end', () => this.#ended())
      .on('error', (error) => this.destroy(error))
      .on('timeout', () => this.emit('timeout'))
      .on('close', () => {
        // Else both ends have ended, and what is still to be read is.
        if (!socket.readableEnded) this.destroy()
      })
    if (this.timeout > 0) socket.setTimeout(this.timeout)
    for (const setting of this.#settings) setting(socket)
    this.#settings = []
    this.#unsent?.send(socket)
    this.#unsent = undefined
    this.emit('connect')
    if ('encrypted' in socket) this.emit('secureConnect')
    this.emit('ready')
  }
}
