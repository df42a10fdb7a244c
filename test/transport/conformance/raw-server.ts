import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { LocalServer } from '../../support/servers/local-server.ts'
import { RequestReader, type SeenRequest } from './request-reader.ts'
import { ENOUGH, turns } from './turns.ts'

/** One request, and the connection that it came over. */
export interface Exchange {
  /** Counts the requests of this server, from 0. */
  readonly number: number
  readonly request: SeenRequest
  readonly socket: Socket
  /** The body of the request is whole. */
  readonly received: Promise<void>
  /** So many bytes of the body are there. */
  has(size: number): Promise<void>
}

/** What a server does with a request, from when its headers are there. */
export type Script = (exchange: Exchange) => unknown

interface Waiter {
  readonly until: () => boolean
  readonly resolve: () => void
}

/** A server that follows a script, and remembers each byte it was sent. */
export class RawServer extends LocalServer {
  readonly requests: { readonly connection: number; readonly request: SeenRequest }[] = []
  /** All that there ever were. */
  readonly accepted: Socket[] = []
  readonly #waiters = new Set<Waiter>()

  constructor(script: Script, onConnection?: (socket: Socket) => void, tls?: TlsOptions) {
    const serve = (socket: Socket) => this.#serve(socket, script, onConnection)
    super(tls === undefined ? createServer({ allowHalfOpen: true }, serve) : createTlsServer(tls, serve))
  }

  /** Waits for something to be so; looks whenever anything comes in, or a connection closes. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.add({ until: condition, resolve })
      this.#look()
    })
  }

  /** Whether the client closes a connection, by itself, before long. */
  async closes(connection: number): Promise<boolean> {
    const socket = this.accepted[connection]
    const closed = () => socket === undefined || socket.closed || socket.readableEnded
    for (let i = 0; i < ENOUGH && !closed(); i++) await turns(1)
    return socket !== undefined && closed()
  }

  /** Ends all connections, so that nobody waits for anything any more. */
  hangUp(): void {
    for (const socket of this.accepted) socket.destroy()
  }

  #serve(socket: Socket, script: Script, onConnection: ((socket: Socket) => void) | undefined): void {
    const connection = this.accepted.push(socket) - 1
    socket.setNoDelay()
    for (const event of ['end', 'close']) socket.on(event, () => this.#look())
    // A client that says that it is done is, whatever it could still be told.
    socket.on('end', () => socket.end())
    socket.on('error', () => {})
    onConnection?.(socket)
    const reader = new RequestReader(
      (request) => {
        const number = this.requests.push({ connection, request }) - 1
        this.hits++
        const has = (size: number) => this.until(() => request.size >= size)
        const received = this.until(() => request.whole)
        void script({ number, request, socket, received, has })
      },
      () => this.#look(),
    )
    socket.on('data', (bytes: Buffer) => {
      reader.push(bytes)
      this.#look()
    })
  }

  #look(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.until()) continue
      this.#waiters.delete(waiter)
      waiter.resolve()
    }
  }
}

/** Writes as HTTP does: text is latin1. */
export async function write(socket: Socket, ...parts: readonly (string | Uint8Array)[]): Promise<void> {
  for (const part of parts) {
    if (socket.destroyed) return
    // Called back when it is written, and when it cannot be.
    await new Promise((resolve) =>
      socket.write(typeof part === 'string' ? Buffer.from(part, 'latin1') : part, resolve),
    )
  }
}
