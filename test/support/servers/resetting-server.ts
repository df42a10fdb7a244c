import { createServer, type IncomingMessage } from 'node:http'
import { LocalServer } from './local-server.ts'

/**
 * When the connection goes: after the request was read (with a reset, or with a plain end), after
 * half of the headers, or in the middle of the body.
 */
export type ResetPoint = 'after-request' | 'hang-up' | 'mid-headers' | 'mid-body'

/** Reads each request to its end, then breaks the connection instead of answering properly. */
class ResettingServer extends LocalServer {
  readonly #point: ResetPoint

  constructor(point: ResetPoint) {
    super(createServer((request) => this.#break(request)))
    this.#point = point
  }

  #break(request: IncomingMessage): void {
    this.hits++
    const { socket } = request
    request.resume().on('end', () => {
      switch (this.#point) {
        case 'after-request':
          return socket.resetAndDestroy()
        case 'hang-up':
          return socket.destroy()
        case 'mid-headers':
          return socket.write('HTTP/1.1 200 OK\r\nContent-Ty', () => socket.resetAndDestroy())
        case 'mid-body':
          // A plain end, since a reset may overtake the headers.
          return socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nthe first half of', () =>
            socket.destroy(),
          )
      }
    })
  }
}

export function resettingServer(point: ResetPoint = 'after-request'): Promise<LocalServer> {
  return new ResettingServer(point).listen()
}
