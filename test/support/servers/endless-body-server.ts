import { createServer } from 'node:http'
import { LocalServer } from './local-server.ts'

/** Answers at once with headers and the beginning of a body that never ends. */
class EndlessBodyServer extends LocalServer {
  /** Answers that are still being sent. Node's fetch may open idle connections besides theirs. */
  bodies = 0

  constructor(status: number) {
    super(
      createServer((request, response) => {
        this.hits++
        this.bodies++
        request.resume()
        response.on('close', () => this.bodies--)
        response.writeHead(status, { 'content-type': 'text/plain' }).write('the beginning of ')
      }),
    )
  }

  /** Breaks the bodies off. */
  reset(): void {
    for (const socket of this.sockets) socket.resetAndDestroy()
  }
}

export function endlessBodyServer(status = 200): Promise<EndlessBodyServer> {
  return new EndlessBodyServer(status).listen()
}
