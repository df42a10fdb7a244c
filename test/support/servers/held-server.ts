import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { LocalServer } from './local-server.ts'

/** One request that waits for the test to say how it is answered. */
export interface HeldRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** Holds every request until it is told what to do with it. */
export class HeldServer extends LocalServer {
  readonly #arrived: HeldRequest[] = []
  readonly #waiting: ((held: HeldRequest) => void)[] = []

  constructor() {
    super(
      createServer((request, response) => {
        this.hits++
        request.resume()
        const held = { request, response }
        const waiting = this.#waiting.shift()
        if (waiting === undefined) this.#arrived.push(held)
        else waiting(held)
      }),
    )
  }

  /** Ends all connections, as a server does that they have idled at for too long. */
  hangUp(): void {
    for (const socket of this.sockets) socket.end()
  }

  /** The next request, as soon as it is there. */
  next(): Promise<HeldRequest> {
    const held = this.#arrived.shift()
    if (held !== undefined) return Promise.resolve(held)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}

export function heldServer(): Promise<HeldServer> {
  return new HeldServer().listen()
}
