import { createServer } from 'node:net'
import { LocalServer } from './local-server.ts'

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/**
 * Loses every race for an idle connection: answers the first request on each, and closes it when the
 * second one is on its way, as a server does whose keep-alive time ends in just that moment.
 */
class KeepAliveRaceServer extends LocalServer {
  /** Requests that got no answer. */
  lost = 0

  constructor() {
    super(
      createServer((socket) => {
        socket.once('data', () => {
          this.hits++
          socket.write(ANSWER)
          socket.once('data', () => {
            this.lost++
            socket.destroy()
          })
        })
      }),
    )
  }
}

export function keepAliveRaceServer(): Promise<KeepAliveRaceServer> {
  return new KeepAliveRaceServer().listen()
}
