import { createServer } from 'node:net'
import { LocalServer } from './local-server.ts'

/** Answers every request with the same bytes, whatever they are, and keeps the connection. */
class GarbageServer extends LocalServer {
  constructor(bytes: string) {
    super(
      createServer((socket) => {
        socket.on('data', () => {
          this.hits++
          socket.write(Buffer.from(bytes, 'latin1'))
        })
      }),
    )
  }
}

export function garbageServer(bytes: string): Promise<LocalServer> {
  return new GarbageServer(bytes).listen()
}
